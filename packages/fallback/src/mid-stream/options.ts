import { OptionError, rules, type Call, type HoldBack, type Operation } from '@holdfast/core';

/**
 * What becomes of a stream that breaks after the caller has seen some of it. What breaks before is a failed attempt
 * under every policy.
 *
 * - `error`: the caller's loop throws, and `partialOf(error)` has the text so far.
 * - `restart`: the beginning is kept back up to a limit, and what breaks within it is replaced without trace.
 * - `continue`: somebody is asked to go on where it stopped. Best effort, for plain text of chat completions.
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
export type ResolvedMidStream = Required<Omit<MidStreamOptions, 'policy'>> & {
  readonly policy: MidStreamPolicy | undefined;
};

/** The only place where a default stands. */
export const midStreamDefaults: Required<Omit<MidStreamOptions, 'policy'>> = Object.freeze({
  bufferTokens: 64,
  bufferBytes: 1024 * 1024,
  maxMends: 5,
});

const policies: readonly unknown[] = ['error', 'restart', 'continue', 'resume'];

/** @throws OptionError naming the option, the rule and the value. */
export function resolveMidStream(given: MidStreamByOperation = {}): (call: Call) => ResolvedMidStream {
  const resolved = new Map<string, ResolvedMidStream>();
  for (const [operation, options] of Object.entries(given)) {
    const option = `fallback.midStream[${JSON.stringify(operation)}]`;
    const { policy, bufferTokens, bufferBytes, maxMends } = options;
    if (policy !== undefined && !policies.includes(policy))
      throw new OptionError(`${option}.policy`, `one of ${policies.join(', ')}`, policy);
    for (const [name, value] of Object.entries({ bufferTokens, bufferBytes, maxMends }))
      if (value !== undefined && !rules.wholeFrom(1).holds(value))
        throw new OptionError(`${option}.${name}`, rules.wholeFrom(1).expected, value);
    const set = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    resolved.set(operation, { ...midStreamDefaults, policy, ...set });
  }
  const common = resolved.get('*') ?? { ...midStreamDefaults, policy: undefined };
  return (call) => resolved.get(call.route.operation) ?? common;
}

/** A stream that fails before its first content is a failed attempt. */
const untilContent: HoldBack = Object.freeze({ tokens: 1 });

/** How much of the stream of a call is kept back. */
export function holdBackOf({ policy, bufferTokens, bufferBytes }: ResolvedMidStream): HoldBack {
  return policy === 'restart' ? { tokens: bufferTokens, bytes: bufferBytes } : untilContent;
}
