import { faults, type FaultRule } from '@holdfast/testkit';
import { expectedText } from './expected.ts';
import { models } from './world.ts';

/** When things go wrong, counted from the start of a trace. */
export interface BadTime {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** One way in which a day goes wrong. */
export interface Trace {
  readonly name: string;
  /** What goes wrong, as one sentence. */
  readonly says: string;
  /** How many keys the team has. @defaultValue 1 */
  readonly keys?: number;
  /** How many regions the team has. @defaultValue 1 */
  readonly regions?: number;
  /** What goes wrong in the first region; the others are well. */
  readonly rules: (bad: BadTime) => readonly FaultRule[];
}

/** Keys that the fake knows, in the order in which teams get them. */
export const keys = [
  { key: 'sk-bench-1', label: 'key-1' },
  { key: 'sk-bench-2', label: 'key-2' },
] as const;

const asked = { model: models.asked };
const askedStream = { ...asked, stream: true };

export const traces: readonly Trace[] = [
  {
    name: '429 storm',
    says: 'gpt-5 tells four calls of five to come back in a second: 429.',
    rules: (bad) => [
      { ...bad, match: asked, probability: 0.8, fault: faults.rateLimit({ retryAfterMs: 1000, retryAfter: 1 }) },
    ],
  },
  {
    name: 'brownout',
    says: 'Three requests of ten, whatever the model, are answered with 503.',
    rules: (bad) => [{ ...bad, probability: 0.3, fault: faults.overloaded() }],
  },
  {
    name: 'slow upstream',
    says: 'Of the requests to gpt-5 one in ten is never answered, and three in ten begin after 3 s.',
    rules: (bad) => [
      { ...bad, match: asked, probability: 0.3, fault: faults.latency({ headersMs: 3000, betweenEventsMs: 8 }) },
      { ...bad, match: asked, probability: 0.1, fault: faults.hang() },
    ],
  },
  {
    name: 'outage',
    says: 'gpt-5 answers every request with 503.',
    rules: (bad) => [{ ...bad, match: asked, fault: faults.overloaded() }],
  },
  {
    name: 'revoked key',
    says: 'The key in use is revoked: 401. Who can hold a second key has one.',
    keys: 2,
    rules: (bad) => [{ ...bad, match: { key: keys[0].label }, fault: faults.revokedKey() }],
  },
  {
    name: 'regional outage',
    says: 'The region in use resets every connection. Who can hold a second region has one.',
    regions: 2,
    rules: (bad) => [{ ...bad, fault: faults.reset({ at: 'connect' }) }],
  },
  {
    name: 'cut streams',
    says: 'Of the streams of gpt-5 a quarter ends early as if complete, and 15 % are reset half-way.',
    rules: (bad) => [
      { ...bad, match: askedStream, probability: 0.25, fault: faults.cutStream({ afterEvents: 6 }) },
      { ...bad, match: askedStream, probability: 0.2, fault: faults.reset({ at: 'body', afterEvents: 6 }) },
    ],
  },
];

/** A trace in which nothing goes wrong, for compilers and connections to get warm in. */
export const warmUp: Trace = { name: 'warm-up', says: 'Nothing goes wrong.', rules: () => [] };

/** How the fake answers when nothing is wrong: always the same words, in some time, with a tail. */
export const healthyRules: readonly FaultRule[] = [
  { fault: faults.answer({ text: expectedText }) },
  { match: asked, probability: 0.1, fault: faults.latency({ headersMs: 260, betweenEventsMs: 8 }) },
  { match: asked, fault: faults.latency({ headersMs: 130, betweenEventsMs: 8 }) },
  { match: { model: models.below }, fault: faults.latency({ headersMs: 80, betweenEventsMs: 5 }) },
];

/** Everything that happens in the first region: of two waits the first counts, so the trace's rules stand in front. */
export function scriptOf(trace: Trace, bad: BadTime): readonly FaultRule[] {
  const rules = trace.rules(bad);
  const isWait = ({ fault }: FaultRule): boolean => fault.kind === 'latency';
  // A refusal ends the search for rules, so waits and words have to be found before it.
  return [...rules.filter(isWait), ...healthyRules, ...rules.filter((rule) => !isWait(rule))];
}
