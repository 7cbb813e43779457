import { contentOf, eventData, fault, retakeBody, type ByteSource, type Call, type Fault } from '@holdfast/core';

/** What a gate gets to see of an answer. */
export interface JudgedAnswer {
  /** The words, of the first choice. */
  readonly text: string;
  /** The whole answer; of a stream, `undefined`. */
  readonly json: unknown;
}

/** Answers that count as failures before the caller has seen any of them. A stream is then read to its end first. */
export interface QualityOptions {
  /** No words and no call to a tool. @defaultValue false */
  readonly empty?: boolean;
  /** The model refused to answer (`refusal`). @defaultValue false */
  readonly refusal?: boolean;
  /**
   * A judge of your own, such as a schema: returns what is wrong as the rest of a sentence, without content, or
   * nothing. One that throws has found something wrong.
   */
  readonly judge?: (answer: JudgedAnswer) => string | undefined | Promise<string | undefined>;
}

/** The fault of an answer that does not pass, with the reason on record. */
export async function poorAnswer(call: Call, response: Response, quality: QualityOptions): Promise<Fault | undefined> {
  const seen = call.body.stream ? await readStream(response) : await readJson(response);
  if (seen === undefined) return undefined;
  const wrong = await verdictOf(seen, quality);
  if (wrong === undefined) return undefined;
  call.journey.decision('fallback', 'poor_answer', wrong);
  return fault('poor_answer');
}

interface Seen extends JudgedAnswer {
  readonly hasTools: boolean;
  readonly isRefusal: boolean;
}

async function verdictOf(seen: Seen, { empty, refusal, judge }: QualityOptions): Promise<string | undefined> {
  if (empty === true && seen.text.trim() === '' && !seen.hasTools && !seen.isRefusal) return 'the answer is empty';
  if (refusal === true && seen.isRefusal) return 'the model refused';
  try {
    return await judge?.({ text: seen.text, json: seen.json });
  } catch (error) {
    return `the judge threw ${error instanceof Error ? error.name : typeof error}`;
  }
}

/** Reads a copy: the caller reads the original. */
async function readJson(response: Response): Promise<Seen | undefined> {
  const json = (await response
    .clone()
    .json()
    .catch(() => undefined)) as Record<string, unknown> | undefined;
  if (json === undefined) return undefined;
  const text = JSON.stringify(json);
  return {
    text: wordsOf(json),
    json,
    hasTools: /"(?:tool_calls|function_call)":\s*[[{]|"type":\s*"\w*_call"/.test(text),
    isRefusal: /"refusal":\s*"[^"]|"type":\s*"refusal"/.test(text),
  };
}

function wordsOf(json: Record<string, unknown>): string {
  const [choice] = (json['choices'] ?? []) as { text?: string; message?: { content?: unknown } }[];
  const said = choice?.text ?? choice?.message?.content;
  if (choice !== undefined) return typeof said === 'string' ? said : '';
  const items = (json['output'] ?? []) as { content?: { text?: string }[] }[];
  return items
    .flatMap(({ content }) => content ?? [])
    .map(({ text }) => text ?? '')
    .join('');
}

/** Reads the whole stream, and puts it back for the caller. */
async function readStream(response: Response): Promise<Seen | undefined> {
  const source = retakeBody(response);
  if (source === undefined) return undefined;
  const blocks: Uint8Array[] = [];
  let text = '';
  let hasTools = false;
  let isRefusal = false;
  const decoder = new TextDecoder();
  for (let block = await source.read(); block !== undefined; block = await source.read()) {
    blocks.push(block);
    for (const data of eventData(decoder.decode(block))) {
      const content = contentOf(data);
      if (content.kind === 'tool') hasTools = true;
      if (/"refusal":\s*"[^"]|response\.refusal\./.test(data)) isRefusal = true;
      else text += content.kind === 'text' ? content.text : '';
    }
  }
  retakeBody(response, replay(blocks));
  return { text, json: undefined, hasTools, isRefusal };
}

const replay = (blocks: Uint8Array[]): ByteSource => ({
  read: () => blocks.shift(),
  cancel: () => void blocks.splice(0),
});
