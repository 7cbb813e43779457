import { findTopLevel } from './json-span.ts';
import type { Residue } from './outcome.ts';

/** Tokens of one answer. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly reasoningTokens: number;
}

/** What an answer says of itself. */
export interface Answer {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly usage: Usage | undefined;
  readonly finishReasons: readonly string[];
  /** The tier that served it, e.g. `default`. */
  readonly serviceTier: string | undefined;
  /** Of the configuration that the model ran with. */
  readonly systemFingerprint: string | undefined;
}

/** Reads an answer off what the tap kept. Looks at a few top-level fields and parses no content. */
export function readAnswer(residue: Residue | undefined): Answer {
  let id: string | undefined;
  let model: string | undefined;
  let usage: Usage | undefined;
  let serviceTier: string | undefined;
  let systemFingerprint: string | undefined;
  const finishReasons: string[] = [];
  for (const json of jsonsOf(residue)) {
    if (id !== undefined && model !== undefined && !mayTell(json)) continue;
    const fields = fieldsOf(json);
    id ??= fields.id;
    model ??= fields.model;
    usage = fields.usage ?? usage;
    // A response that begins says what was asked for, and at its end what it was.
    serviceTier = fields.serviceTier ?? serviceTier;
    systemFingerprint = fields.systemFingerprint ?? systemFingerprint;
    finishReasons.push(...fields.finishReasons);
  }
  return { id, model, usage, finishReasons, serviceTier, systemFingerprint };
}

/** Whether an event may name an end or tokens. Most are words, and a native search passes them over. */
const mayTell = (json: string): boolean =>
  json.includes('"response"') || /"usage"\s*:\s*\{/.test(json) || /"finish_reason"\s*:\s*"/.test(json);

function jsonsOf(residue: Residue | undefined): Iterable<string> {
  if (residue === undefined) return [];
  return typeof residue === 'string' ? [residue] : residue().flatMap((text) => [...dataLines(text)]);
}

function* dataLines(text: string): Generator<string> {
  for (const [, data] of text.matchAll(/(?:^|[\r\n])data: ?(\{[^\r\n]*)/g)) yield data as string;
}

/** Texts up to this many characters are parsed whole: that is native, and sooner done than a search by hand. */
const smallText = 4096;

function fieldsOf(json: string): Answer {
  return (json.length <= smallText ? fieldsOfSmall(json) : undefined) ?? fieldsOfLarge(json);
}

/** `undefined` for what is no JSON, such as an event that was cut. */
function fieldsOfSmall(json: string): Answer | undefined {
  let whole: unknown;
  try {
    whole = JSON.parse(json);
  } catch {
    return undefined;
  }
  const { response } = (whole ?? {}) as { readonly response?: unknown };
  const answer = (typeof response === 'object' && response !== null ? response : (whole ?? {})) as Fields;
  const { choices } = answer;
  const finishReasons = Array.isArray(choices)
    ? (choices as readonly (Fields | null)[]).map((choice) => choice?.['finish_reason']).filter(isReason)
    : undefined;
  return answerOf(answer, finishReasons ?? (choices === undefined ? statusOf(answer['status']) : []));
}

type Fields = Readonly<Record<string, unknown>>;

const isReason = (reason: unknown): reason is string => typeof reason === 'string' && /^[a-z_]+$/.test(reason);

function answerOf(fields: Fields, finishReasons: readonly string[]): Answer {
  const { id, model, usage, service_tier: tier, system_fingerprint: fingerprint } = fields;
  return {
    id: typeof id === 'string' ? id : undefined,
    model: typeof model === 'string' ? model : undefined,
    usage: usageOf(usage),
    finishReasons,
    serviceTier: typeof tier === 'string' ? tier : undefined,
    systemFingerprint: typeof fingerprint === 'string' ? fingerprint : undefined,
  };
}

function fieldsOfLarge(json: string): Answer {
  const spans = findTopLevel(json, answerKeys);
  const text = (key: string): string | undefined => {
    const span = spans.get(key);
    return span && json.slice(span.start, span.end);
  };
  const nested = text('response');
  if (nested !== undefined) return fieldsOf(nested);
  const choices = text('choices');
  // One parse for all of them: each has its price, whatever it parses.
  const wanted = [
    ...[text('id'), text('model'), text('usage'), text('service_tier'), text('system_fingerprint')],
    choices === undefined ? text('status') : undefined,
  ];
  const [id, model, usage, tier, fingerprint, status] = parsedList(`[${wanted.map((one) => one ?? 'null').join()}]`);
  const fields = { id, model, usage, service_tier: tier, system_fingerprint: fingerprint };
  return answerOf(fields, choices === undefined ? statusOf(status) : finishReasonsOf(choices));
}

const answerKeys = ['id', 'model', 'usage', 'choices', 'response', 'status', 'service_tier', 'system_fingerprint'];

const finishKey = '"finish_reason"';

/** `finish_reason` of each choice; inside a string value the quotes would be escaped. */
function finishReasonsOf(choices: string): string[] {
  const reasons: string[] = [];
  // A native search, as a pattern would try every brace and comma of the answer.
  for (let at = choices.indexOf(finishKey); at !== -1; at = choices.indexOf(finishKey, at + 1)) {
    if (!/[{,]/.test(choices.charAt(lastBefore(choices, at)))) continue;
    const reason = /^\s*:\s*"([a-z_]+)"/.exec(choices.slice(at + finishKey.length, at + finishKey.length + 64))?.[1];
    if (reason !== undefined) reasons.push(reason);
  }
  return reasons;
}

/** Index of the last character before `at` that is no white space. */
function lastBefore(text: string, at: number): number {
  let before = at - 1;
  while (before >= 0 && text.charCodeAt(before) <= 0x20) before--;
  return before;
}

/** The Responses API names its end in `status`. */
const statusOf = (status: unknown): string[] =>
  status === 'completed' || status === 'incomplete' || status === 'failed' ? [status] : [];

function usageOf(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const usage = value as Record<string, unknown>;
  // Some transcriptions are counted in seconds.
  if (usage['type'] === 'duration') return undefined;
  const inputDetails = usage['prompt_tokens_details'] ?? usage['input_tokens_details'];
  const outputDetails = usage['completion_tokens_details'] ?? usage['output_tokens_details'];
  return {
    inputTokens: count(usage['prompt_tokens'] ?? usage['input_tokens']),
    outputTokens: count(usage['completion_tokens'] ?? usage['output_tokens']),
    cachedInputTokens: count((inputDetails as Record<string, unknown> | null | undefined)?.['cached_tokens']),
    reasoningTokens: count((outputDetails as Record<string, unknown> | null | undefined)?.['reasoning_tokens']),
  };
}

const count = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0);

function parsedList(text: string): readonly unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return [];
  }
}
