import type { AttemptTimeoutCode, Call } from '@holdfast/core';
import type { ResolvedLimits } from './options.ts';
import type { Progress } from './progress.ts';

/** What an attempt that is given up was like. */
export interface GivenUp {
  readonly limits: ResolvedLimits;
  readonly progress: Progress;
}

/** One sentence for whoever reads it at night: what was waited for, how long, and which option bounds it. */
export const storyOf = (call: Call, code: AttemptTimeoutCode, { limits, progress }: GivenUp): string =>
  `${subjectOf(call)} timed out: ${stories[code](limits, progress)}.`;

/** The same for an attempt whose share of the whole time is used up. */
export const sliceStoryOf = (call: Call, sliceMs: number): string =>
  `${subjectOf(call)} timed out: the ${ms(sliceMs)} that this attempt had of the call's deadline passed, and ` +
  'what is left is for another; a longer deadlineMs or timeout of the client gives each more.';

const subjectOf = ({ body, route }: Call): string => `${body.model ?? route.operation} at ${route.host}`;

const stories: Readonly<Record<AttemptTimeoutCode, (limits: ResolvedLimits, progress: Progress) => string>> = {
  attempt_timeout: ({ attemptMs }) => `the attempt was not over after ${ms(attemptMs)} (timeout.attemptMs)`,
  headers_timeout: ({ headersMs }) => `no headers came within ${ms(headersMs)} (timeout.headersMs)`,
  first_event_timeout: ({ firstEventMs }) => `no event came within ${ms(firstEventMs)} (timeout.firstEventMs)`,
  first_content_timeout: ({ firstContentMs }) =>
    `no content came within ${ms(firstContentMs)} (timeout.firstContentMs)`,
  stream_idle_timeout: ({ idleMs }, { contents }) =>
    `no content came for ${ms(idleMs)} after ${contents} event(s) with some (timeout.idleMs)`,
  reasoning_idle_timeout: ({ reasoningIdleMs }, { contents }) =>
    `the model reasoned and no content came for ${ms(reasoningIdleMs)} after ${contents} event(s) with some ` +
    '(timeout.reasoningIdleMs)',
  stream_too_slow: ({ minTokensPerSecond, rateWindowMs }, { tokens }) =>
    `${tokens} event(s) with content came in ${ms(rateWindowMs)}, fewer than ${minTokensPerSecond} a second ` +
    '(timeout.minTokensPerSecond, timeout.rateWindowMs)',
};

const ms = (value: number | undefined): string => `${Math.round(value ?? 0)} ms`;
