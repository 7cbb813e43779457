/** What a team has on the day of a trace: regions, keys and two models. */
export interface World {
  /** Base URLs, the nearest region first. */
  readonly regions: readonly string[];
  /** Keys, the one in use first. */
  readonly keys: readonly string[];
}

/** The model that everybody asks for, and the one below it. */
export const models = { asked: 'gpt-5', below: 'gpt-5-mini' } as const;

/** One way to an answer. */
export interface Rung {
  readonly model: string;
  readonly baseURL: string;
  readonly apiKey: string;
}

/**
 * The ways to an answer, best first, for contestants that know nothing but lists: the model that was asked for
 * in every region and with every key, then the model below it where the last of those stood. A world with one
 * region and one key has two rungs.
 */
export function rungsOf({ regions, keys }: World): readonly [Rung, ...Rung[]] {
  const asked = regions.flatMap((baseURL) => keys.map((apiKey): Rung => ({ model: models.asked, baseURL, apiKey })));
  const last = asked.at(-1) as Rung;
  return [asked[0] as Rung, ...asked.slice(1), { ...last, model: models.below }];
}

/** Nobody waits longer than this for a whole answer. */
export const patienceMs = 15_000;

/**
 * After this time without headers an attempt is given up, by everybody who has an option for it. What the fake
 * answers at all, it begins within three seconds.
 */
export const attemptMs = 5000;
