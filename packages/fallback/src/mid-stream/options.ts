import { checkOptions, OptionError, rules, type Call, type HoldBack, type Operation, type Rule } from '@holdfast/core';
import { isInBackground } from './resume.ts';

/**
 * What becomes of a stream that breaks after the caller has seen some of it. What breaks before is a failed attempt
 * under every policy.
 *
 * - `error`: the caller's loop throws, and `partialOf(error)` has the text so far.
 * - `restart`: the beginning is kept back up to a limit, and what breaks within it is replaced without trace.
 * - `continue`: somebody is asked to go on where it stopped. Best effort, for plain text of chat completions and
 *   responses.
 * - `resume`: a response in the background is read on where it stopped: the same answer, once.
 */
export type MidStreamPolicy = 'error' | 'restart' | 'continue' | 'resume';

/** How one kind of call is treated. */
export interface MidStreamOptions {
  /** @defaultValue 'error'; `resume` for responses in the background */
  readonly policy?: MidStreamPolicy;
  /** For `restart`: events with content to keep back, about one token each. @defaultValue 64 */
  readonly bufferTokens?: number;
  /** For `restart`: bytes of the stream to keep back, whichever is reached first. @defaultValue 1 MiB, the most there is */
  readonly bufferBytes?: number;
  /** For `continue` and `resume`: how often one stream is mended. @defaultValue 5 */
  readonly maxMends?: number;
}

/** By operation; `'*'` for those that are not named. */
export type MidStreamByOperation = Readonly<Partial<Record<Operation | '*', MidStreamOptions>>>;

/** With every default in its place. */
export type ResolvedMidStream = Required<MidStreamOptions>;

/** The only place where a default stands. */
export const midStreamDefaults: ResolvedMidStream = Object.freeze({
  policy: 'error',
  bufferTokens: 64,
  bufferBytes: 1024 * 1024,
  maxMends: 5,
});

/** Operations that stream, each with the policies that it knows. */
const policies: Readonly<Record<string, readonly MidStreamPolicy[]>> = {
  '*': ['error', 'restart', 'continue', 'resume'],
  chat: ['error', 'restart', 'continue'],
  completions: ['error', 'restart'],
  responses: ['error', 'restart', 'continue', 'resume'],
  images: ['error', 'restart'],
  audio: ['error', 'restart'],
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveMidStream(given: MidStreamByOperation = {}): (call: Call) => ResolvedMidStream {
  for (const [operation, options] of Object.entries(given)) checkMidStream(operation, options);
  /** By operation, and whether the answer is made in the background: few, and asked for by every stream. */
  const resolved = new Map<string, ResolvedMidStream>();
  return (call) => {
    const { operation } = call.route;
    const isAlone = operation === 'responses' && isInBackground(call);
    const key = isAlone ? 'background' : operation;
    let options = resolved.get(key);
    if (options === undefined) resolved.set(key, (options = resolvedFor(operation, isAlone, given)));
    return options;
  };
}

/** What cannot be done for a call is an error, as it would be without a policy. */
function resolvedFor(operation: Operation, isAlone: boolean, given: MidStreamByOperation): ResolvedMidStream {
  const set = Object.entries({ ...given['*'], ...given[operation] }).filter(([, value]) => value !== undefined);
  const fallback: MidStreamPolicy = isAlone ? 'resume' : 'error';
  const options = { ...midStreamDefaults, policy: fallback, ...Object.fromEntries(set) };
  const isKnown = policies[operation]?.includes(options.policy) === true && (options.policy !== 'resume' || isAlone);
  return Object.freeze({ ...options, policy: isKnown ? options.policy : 'error' });
}

function checkMidStream(operation: string, options: MidStreamOptions): void {
  const option = `fallback.midStream[${JSON.stringify(operation)}]`;
  const known = Object.hasOwn(policies, operation) ? policies[operation] : undefined;
  if (known === undefined)
    throw new OptionError('fallback.midStream', `policies by ${Object.keys(policies).join(', ')}`, operation);
  const policy: Rule = {
    expected: `one of ${known.join(', ')}`,
    holds: (value) => known.includes(value as MidStreamPolicy),
  };
  const atLeastOne = rules.wholeFrom(1);
  checkOptions(option, options, { policy, bufferTokens: atLeastOne, bufferBytes: atLeastOne, maxMends: atLeastOne });
}

/** A stream that fails before its first content is a failed attempt. */
const untilContent: HoldBack = Object.freeze({ tokens: 1 });
/** Once its id is known a response in the background is resumed: to ask for it anew would pay for it twice. */
const untilKnown: HoldBack = Object.freeze({ bytes: 1 });

/** How much of the stream of a call is kept back. */
export function holdBackOf({ policy, bufferTokens, bufferBytes }: ResolvedMidStream): HoldBack {
  if (policy === 'resume') return untilKnown;
  return policy === 'restart' ? { tokens: bufferTokens, bytes: bufferBytes } : untilContent;
}
