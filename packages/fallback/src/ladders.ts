import { faultTable, OptionError, type Endpoint, type FaultKind } from '@holdfast/core';

/** One step of a ladder: another model, or one that says where and when. */
export type RungOptions =
  | string
  | {
      /** The model to ask. @defaultValue the one that was asked for */
      readonly model?: string;
      /** Where, by the name of an endpoint. @defaultValue the client's own */
      readonly endpoint?: string;
      /**
       * Only for these faults of the model that was asked for.
       * @defaultValue what the fault table says, as far as this rung can be better (see the README)
       */
      readonly when?: readonly FaultKind[];
    };

/** Ladders by requested model. */
export type LadderOptions = Readonly<Record<string, readonly RungOptions[]>>;

/** A step of a ladder, checked. */
export interface Rung {
  readonly model: string;
  /** `undefined` for the client's own. */
  readonly endpoint: Endpoint | undefined;
  readonly when: readonly FaultKind[] | undefined;
  /** As it stands in journeys. */
  readonly name: string;
}

/** The ladder of a model, if there is one; and all of them in words, for `describe()`. */
export interface Ladders {
  (model: string): readonly Rung[] | undefined;
  readonly text: string;
}

/** @throws OptionError naming the rung, the rule and the value. */
export function laddersOf(given: LadderOptions, endpoints: ReadonlyMap<string, Endpoint>): Ladders {
  const own = new Map<string, readonly Rung[]>();
  for (const [model, rungs] of Object.entries(given)) {
    if (!Array.isArray(rungs) || rungs.length === 0)
      throw new OptionError(optionOf(model), 'a list of at least one model name', rungs);
    own.set(model, rungsOf(model, rungs, endpoints));
  }
  /** Ladders of `'*'` by the model that was asked for. Bounded, as callers may ask for anything. */
  const common = new Map<string, readonly Rung[]>();
  const find = (model: string): readonly Rung[] | undefined => {
    const found = own.get(model) ?? common.get(model);
    if (found !== undefined || !own.has('*')) return found;
    if (common.size >= 1000) common.clear();
    const ladder = rungsOf(model, given['*'] as readonly RungOptions[], endpoints);
    common.set(model, ladder);
    return ladder;
  };
  const text = [...own].map(([model, rungs]) => [model, ...rungs.map(({ name }) => name)].join(' → ')).join('; ');
  return Object.assign(find, { text });
}

const optionOf = (model: string): string => `fallback.models[${JSON.stringify(model)}]`;

function rungsOf(
  asked: string,
  rungs: readonly RungOptions[],
  endpoints: ReadonlyMap<string, Endpoint>,
): readonly Rung[] {
  const seen = new Set<string>([`${asked} `]);
  return rungs.map((given, index) => {
    const option = `${optionOf(asked)}[${index}]`;
    const rung = rungOf(option, typeof given === 'string' ? { model: given } : given, asked, endpoints);
    const place = `${rung.model} ${rung.endpoint?.name ?? ''}`;
    if (seen.has(place))
      throw new OptionError(optionOf(asked), `each model once, and not ${JSON.stringify(asked)} itself`, rungs);
    seen.add(place);
    return rung;
  });
}

function rungOf(
  option: string,
  given: Exclude<RungOptions, string>,
  asked: string,
  endpoints: ReadonlyMap<string, Endpoint>,
): Rung {
  if (typeof given !== 'object' || given === null)
    throw new OptionError(option, 'the name of a model, or { model, endpoint, when }', given);
  const { model = asked, endpoint: where, when } = given;
  if (typeof model !== 'string' || model === '') throw new OptionError(`${option}.model`, 'the name of a model', model);
  const endpoint = where === undefined ? undefined : endpoints.get(where);
  if (where !== undefined && endpoint === undefined)
    throw new OptionError(
      `${option}.endpoint`,
      `one of fallback.endpoints (${[...endpoints.keys()].join(', ') || 'none'})`,
      where,
    );
  for (const kind of when ?? [])
    if (!Object.hasOwn(faultTable, kind))
      throw new OptionError(`${option}.when`, `kinds of faults, among ${Object.keys(faultTable).join(', ')}`, kind);
  return { model, endpoint, when, name: endpoint === undefined ? model : `${model} at ${endpoint.name}` };
}
