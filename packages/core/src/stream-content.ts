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

type Fields = Readonly<Record<string, unknown>>;

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

function fieldsOf(data: string): Fields | undefined {
  try {
    const value = JSON.parse(data) as unknown;
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}
