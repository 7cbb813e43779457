import { faults, type FaultRule } from '@holdfast/testkit';

/** A part of the day. */
export interface Phase {
  /** Short enough for a ruler. */
  readonly name: string;
  /** What goes wrong in it, as one sentence. */
  readonly says: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The model that everybody asks for, and the one below it. */
export const models = { asked: 'gpt-5', below: 'gpt-5-mini' } as const;

/** Label of the key that is revoked. */
export const revokedLabel = 'key-1';

/** The day's parts, each with its share of the time. */
const course = [
  { name: 'healthy', share: 0.16, says: 'Everything works.' },
  { name: 'revoked', share: 0.18, says: 'A key is revoked: 401 until its owner puts it back.' },
  { name: '429 storm', share: 0.22, says: 'Most calls to gpt-5 are told to come later: 429.' },
  { name: 'down', share: 0.24, says: 'gpt-5 goes down: streams cut in the middle, 503 for the rest.' },
  { name: 'recovery', share: 0.2, says: 'gpt-5 is back.' },
] as const;

/** The phases of a day that lasts `durationMs`. */
export function dayPhases(durationMs: number): readonly Phase[] {
  let untilMs = 0;
  return course.map(({ name, says, share }) => {
    const fromMs = untilMs;
    untilMs += share * durationMs;
    return { name, says, fromMs, untilMs };
  });
}

/** One phase without any script, for calls to the real API. */
export const livePhases = (durationMs: number): readonly Phase[] => [
  { name: 'live', says: 'Short calls to the real API; nothing is scripted.', fromMs: 0, untilMs: durationMs },
];

/** Index of the phase at `atMs`; the last one lasts for ever. */
export function phaseAt(phases: readonly Phase[], atMs: number): number {
  const index = phases.findIndex((phase) => atMs < phase.untilMs);
  return index < 0 ? phases.length - 1 : index;
}

/** How far into the stream a cut comes: after the role and a few words. */
const cutAfterEvents = 5;

/** What goes wrong when, for an upstream that is given the rules as the day begins. */
export function faultScript(phases: readonly Phase[]): readonly FaultRule[] {
  const during = (name: (typeof course)[number]['name']): { fromMs: number; untilMs: number } => {
    const { fromMs, untilMs } = phases.find((phase) => phase.name === name)!;
    return { fromMs, untilMs };
  };
  const asked = { model: models.asked };
  return [
    // A tail, so that p95 is not p50.
    { match: asked, probability: 0.15, fault: faults.latency({ headersMs: 260, betweenEventsMs: 12 }) },
    { match: asked, fault: faults.latency({ headersMs: 130, betweenEventsMs: 8 }) },
    { match: { model: models.below }, fault: faults.latency({ headersMs: 80, betweenEventsMs: 5 }) },
    { match: { key: revokedLabel }, ...during('revoked'), fault: faults.revokedKey() },
    { match: asked, ...during('429 storm'), probability: 0.8, fault: faults.rateLimit({ retryAfterMs: 200 }) },
    {
      match: { ...asked, stream: true },
      ...during('down'),
      probability: 0.6,
      fault: faults.cutStream({ afterEvents: cutAfterEvents }),
    },
    { match: asked, ...during('down'), fault: faults.overloaded() },
  ];
}
