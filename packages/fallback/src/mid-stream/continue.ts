import { beyondHeaders, discard, faultOf, retakeBody, type Call, type JsonObject, type Next } from '@holdfast/core';
import type { Account } from './account.ts';
import { Bill } from './bill.ts';
import { ContinuedChat } from './continued-chat.ts';
import { ContinuedResponse, openMessageOf } from './continued-response.ts';
import type { Broken, Mend } from './mended-source.ts';
import { placeOf } from './place.ts';
import { Rewritten, type Rewriter } from './rewritten.ts';

const instruction =
  'Your answer was cut off. Go on exactly where it stopped, in the middle of a word if need be. ' +
  'Repeat nothing and add nothing before it.';

/**
 * Asks for the rest of an answer whose stream broke: the conversation, what was said, and to go on. Best effort, for
 * plain text of one choice; a call to a tool or a structured answer is never patched together from two.
 */
export function continuing(call: Call, next: Next, maxMends: number): Mend | undefined {
  const { operation } = call.route;
  if (operation !== 'chat' && operation !== 'responses') return undefined;
  const bill = new Bill();
  let original: Call | undefined;
  return async (broken) => {
    // What answered first: later parts carry what was said and the request to go on already.
    original ??= broken.answered ?? call;
    const json = original.body.json() ?? {};
    const account = broken.said.read();
    const note = (action: string, reason: string): undefined =>
      call.journey.decision('fallback', action, reason) as undefined;
    const refusal =
      whyNot(broken, json, account) ?? (bill.parts >= maxMends ? `it broke ${maxMends + 1} times` : undefined);
    if (refusal !== undefined) return note('error', `the stream is not continued: ${refusal}`);
    bill.broke(account.tokens);
    note('continue', `the stream broke after about ${account.tokens} tokens: ${broken.fault?.kind ?? 'unknown'}`);
    const body = original.body.withJson(operation === 'chat' ? chatBody(json, account) : responseBody(json, account));
    const { signal } = broken;
    const place = placeOf(call, original);
    const response = await next(beyondHeaders(call).with({ ...place, body, signal, holdBack: { tokens: 1 } }));
    const source = response.ok && faultOf(response) === undefined ? retakeBody(response) : undefined;
    if (source === undefined) {
      discard(response);
      return note('error', `nobody went on: ${faultOf(response)?.kind ?? 'the answer is no stream'}`);
    }
    return { response, source: new Rewritten(response, source, rewriterOf(operation, account, bill)) };
  };
}

function rewriterOf(operation: 'chat' | 'responses', account: Account, bill: Bill): Rewriter {
  const message = operation === 'responses' ? openMessageOf(account) : undefined;
  return message === undefined ? new ContinuedChat(account, bill) : new ContinuedResponse(account, message, bill);
}

/** Why an answer cannot be put together from two, as the rest of a sentence. */
function whyNot({ fault, inToolCall }: Broken, json: JsonObject, account: Account): string | undefined {
  const { kinds, text, isRefusal, items } = account;
  if (fault !== undefined && !fault.retryable && !fault.fallsBack) return `${fault.kind} would come again`;
  if (inToolCall || kinds.has('tool')) return 'a call to a tool has begun';
  if (isStructured(json)) return 'the answer is structured';
  if (isRefusal) return 'the model was refusing';
  if (kinds.has('other')) return 'it is more than text';
  if (typeof json['n'] === 'number' && json['n'] > 1) return 'there are several choices';
  if (text === '') return 'no text has come yet';
  if (Array.isArray(json['messages'])) return undefined;
  if (json['background'] === true) return 'it goes on in the background';
  if ((json['conversation'] ?? undefined) !== undefined) return 'the conversation is kept upstream';
  return items.size > 0 && openMessageOf(account) !== undefined ? undefined : 'no single message was being told';
}

function isStructured(json: JsonObject): boolean {
  const format = (json['response_format'] ?? (json['text'] as JsonObject | undefined)?.['format']) as
    | JsonObject
    | undefined;
  return typeof format?.['type'] === 'string' && format['type'] !== 'text';
}

function chatBody(json: JsonObject, { text, tokens }: Account): JsonObject {
  const more = [
    { role: 'assistant', content: text },
    { role: 'user', content: instruction },
  ];
  const limits = lessened(json, ['max_tokens', 'max_completion_tokens'], { by: tokens, least: 1 });
  return { ...json, ...limits, messages: [...(json['messages'] as unknown[]), ...more] };
}

function responseBody(json: JsonObject, { text, tokens }: Account): JsonObject {
  const { input } = json;
  const asked = typeof input === 'string' ? [{ role: 'user', content: input }] : Array.isArray(input) ? input : [];
  const more = [
    { role: 'assistant', content: text },
    { role: 'user', content: instruction },
  ];
  // The API takes no less.
  const limits = lessened(json, ['max_output_tokens'], { by: tokens, least: 16 });
  return { ...json, ...limits, input: [...(asked as unknown[]), ...more] };
}

/** What may still be said of what the whole may be long. */
function lessened(
  json: JsonObject,
  names: readonly string[],
  { by, least }: { readonly by: number; readonly least: number },
): JsonObject {
  const limits: JsonObject = {};
  for (const name of names) {
    const limit = json[name];
    if (typeof limit === 'number') limits[name] = Math.max(least, limit - by);
  }
  return limits;
}
