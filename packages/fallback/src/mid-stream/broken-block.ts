import { errorOfEvent, eventBytes, eventData, type JsonObject } from '@holdfast/core';
import { decoded, encoded, fieldsOf, joined } from './event-text.ts';

/** The event that says that a stream is over before its answer is. */
export interface LastEvent {
  readonly bytes: Uint8Array;
  readonly data: JsonObject;
  /** `failed` is the end that a response itself has; an `error` is thrown at the caller. */
  readonly kind: 'error' | 'failed';
}

/** A block in which a stream broke: what was still good of it, and what the caller is to be told. */
export interface BrokenBlock {
  readonly good: Uint8Array | undefined;
  /** Ours or the upstream's own; `undefined` where the stream goes on in spite of it. */
  readonly last: LastEvent | undefined;
}

/** Takes the event that ends a broken stream off its last block. What comes behind it nobody reads. */
export function brokenBlock(block: Uint8Array): BrokenBlock {
  const good: Uint8Array[] = [];
  for (const bytes of eventBytes(block)) {
    const last = lastEventOf(bytes);
    if (last !== undefined) return { good: good.length === 0 ? undefined : joined(good), last };
    good.push(bytes);
  }
  return { good: block, last: undefined };
}

function lastEventOf(bytes: Uint8Array): LastEvent | undefined {
  const text = decoded(bytes);
  if (errorOfEvent(text) === undefined) return undefined;
  const [data = ''] = eventData(text);
  const fields = fieldsOf(data) ?? {};
  return { bytes, data: fields, kind: fields['type'] === 'response.failed' ? 'failed' : 'error' };
}

/** The event that tells a caller what core's tap would have told it. */
export function newsOf(code: string, message: string): LastEvent {
  const error = { message, type: 'holdfast_stream', param: null, code };
  const data = { type: 'error', code, message, param: null, error };
  return { bytes: encoded(`event: error\ndata: ${JSON.stringify(data)}\n\n`), data, kind: 'error' };
}

/** What had been said when a stream broke. */
export interface PartialAnswer {
  /** What the caller has read. */
  readonly text: string;
  /** Events that brought content; for models about one token each. */
  readonly tokens: number;
}

/** The same event, with the text so far: for the caller, who has it already, and for nobody else. */
export function withPartial({ bytes, data, kind }: LastEvent, { text, tokens }: PartialAnswer): Uint8Array {
  if (kind === 'failed') return bytes;
  // Clients make their error of `error` where there is one, and else of the whole.
  const error = data['error'];
  const partial = { text, tokens };
  const told =
    typeof error === 'object' && error !== null ? { ...data, error: { ...error, partial } } : { ...data, partial };
  return encoded(`event: error\ndata: ${JSON.stringify(told)}\n\n`);
}

/** What had been said when a stream broke, from the error that the client made of it. */
export function partialOf(error: unknown): PartialAnswer | undefined {
  const body = (error as { error?: { partial?: unknown } } | null | undefined)?.error;
  const { text, tokens } = ((body as { partial?: unknown } | null | undefined)?.partial ?? {}) as {
    readonly text?: unknown;
    readonly tokens?: unknown;
  };
  return typeof text === 'string' && typeof tokens === 'number' ? { text, tokens } : undefined;
}
