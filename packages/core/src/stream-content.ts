/** What one event of a stream adds to the answer. */
export interface StreamContent {
  /**
   * `text` is what the caller reads, `tool` a part of a call to a tool, `reasoning` a thought that is shown,
   * `other` a part of an image or a sound, and `none` everything that only frames the answer.
   */
  readonly kind: 'none' | 'text' | 'tool' | 'reasoning' | 'other';
  readonly text: string;
}

const none: StreamContent = Object.freeze({ kind: 'none', text: '' });

/** An event as an object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Reads the data of one event, of chat completions, completions or responses. */
export function contentOf(data: string): StreamContent {
  const event = fieldsOf(data);
  if (event === undefined) return none;
  const { type, choices, delta } = event;
  if (typeof type === 'string') return ofTyped(type, event, typeof delta === 'string' ? delta : '');
  return Array.isArray(choices) ? ofChoices(choices as readonly Fields[]) : none;
}

/** Data of each event in a block of whole events. */
export function* eventData(block: string): Generator<string> {
  for (const event of block.split(/\r\n\r\n|\n\n|\r\r/)) {
    const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
    if (lines.length > 0) yield lines.map((line) => line.slice(line.startsWith('data: ') ? 6 : 5)).join('\n');
  }
}

/** The events of a block of whole events, as the bytes that they are, each with its blank line. */
export function eventBytes(block: Uint8Array): Uint8Array[] {
  const events: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < block.length; at++) {
    const end = endOfBlankLine(block, at);
    if (end === undefined) continue;
    events.push(block.subarray(start, end));
    start = end;
    at = end - 1;
  }
  if (start < block.length) events.push(block.subarray(start));
  return events;
}

const lf = 0x0a;
const cr = 0x0d;

/** Where the blank line ends that the line break at `at` begins; `undefined` if it begins none. */
function endOfBlankLine(block: Uint8Array, at: number): number | undefined {
  const breakAt = (index: number): number =>
    block[index] === lf ? 1 : block[index] === cr ? (block[index + 1] === lf ? 2 : 1) : 0;
  const first = breakAt(at);
  const second = first === 0 ? 0 : breakAt(at + first);
  return second === 0 ? undefined : at + first + second;
}

function ofTyped(type: string, event: Fields, delta: string): StreamContent {
  if (type === 'response.output_item.added' || type === 'response.output_item.done')
    return /"type":\s*"\w*_call"/.test(JSON.stringify(event['item'] ?? '')) ? { kind: 'tool', text: '' } : none;
  if (!type.endsWith('.delta') && !type.endsWith('partial_image')) return none;
  if (/output_text|refusal/.test(type)) return { kind: 'text', text: delta };
  if (/arguments|tool_call|_call[._]|code_interpreter/.test(type)) return { kind: 'tool', text: delta };
  return type.includes('reasoning') ? { kind: 'reasoning', text: delta } : { kind: 'other', text: '' };
}

function ofChoices(choices: readonly Fields[]): StreamContent {
  let text = '';
  for (const { delta, text: completion } of choices) {
    const {
      content,
      refusal,
      reasoning_content: thought,
      tool_calls: calls,
      function_call: call,
    } = (delta ?? {}) as Fields;
    if ((Array.isArray(calls) && calls.length > 0) || (call ?? undefined) !== undefined)
      return { kind: 'tool', text: '' };
    if (typeof thought === 'string' && thought !== '') return { kind: 'reasoning', text: thought };
    for (const part of [content, refusal, completion]) if (typeof part === 'string') text += part;
  }
  return text === '' ? none : { kind: 'text', text };
}

/** The data of an event as an object; `undefined` for `[DONE]` and for half an event. */
export function fieldsOf(data: string): Fields | undefined {
  try {
    const value = JSON.parse(data) as unknown;
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}
