import {
  checkOptions,
  endpoint,
  type Call,
  OptionError,
  rules,
  type Endpoint,
  type EndpointOptions,
  type Fault,
} from '@holdfast/core';
import type { FitChange } from './fit/fit.ts';
import { laddersOf, type Ladders, type LadderOptions } from './ladders.ts';
import type { ModelCapabilities } from './models/capabilities.ts';
import { catalog, type Models } from './models/catalog.ts';
import { resolveMidStream, type MidStreamByOperation, type ResolvedMidStream } from './mid-stream/options.ts';
import type { QualityOptions } from './quality.ts';

/** What {@link FallbackOptions.onFallback} is told. */
export interface FallbackEvent {
  readonly callId: string;
  readonly service: string;
  /** The rung that failed, e.g. `gpt-5` or `gpt-5 at azure`. */
  readonly from: string;
  /** The rung that is asked next. */
  readonly to: string;
  readonly fault: Fault;
}

/** What {@link FallbackOptions.onDowngrade} is told. */
export interface DowngradeEvent {
  readonly callId: string;
  readonly service: string;
  readonly from: string;
  readonly to: string;
  /** What the request loses or says otherwise. Holds no content. */
  readonly changes: readonly FitChange[];
}

/** How `fallback()` behaves. */
export interface FallbackOptions {
  /**
   * For each requested model the rungs to try in its place, best first: other models, the same at another endpoint,
   * or both. `'*'` is for models without a ladder of their own. A model without a ladder is never replaced: no
   * fallback is guessed.
   */
  readonly models: LadderOptions;
  /** The other endpoints that rungs may name. Each has a key of its own and gets nothing that is another's. */
  readonly endpoints?: Readonly<Record<string, Omit<EndpointOptions, 'name'>>>;
  /**
   * Regions to which calls of a client that is pinned to one (`eu.api.openai.com`) may go besides its own.
   * @defaultValue none
   */
  readonly regions?: readonly string[];
  /**
   * Longest wait that a server may ask for before the next rung is tried instead, in milliseconds; on the last
   * rung the limit of `retry` holds alone.
   * @defaultValue 2000, about what a person takes for a hitch
   */
  readonly patienceMs?: number;
  /**
   * Share of the time left until the deadline that is kept for the rungs below while one is tried, so that a hang
   * leaves something for them. `timeout` ends what takes longer. For calls with at most two minutes left: the ten of
   * the client's own default are nobody's deadline.
   * @defaultValue 0.3
   */
  readonly reserveRatio?: number;
  /**
   * Refuse a rung whose model does not take the request as it is, in place of translating, clamping or dropping.
   * @defaultValue false
   */
  readonly strict?: boolean;
  /** What models can do, by name; wins over what is known, field by field. */
  readonly capabilities?: Readonly<Record<string, ModelCapabilities>>;
  /** Answers that count as failures, though they came with a 200. @defaultValue none */
  readonly quality?: QualityOptions;
  /**
   * What becomes of streams that break after the caller has seen some of them, by operation.
   * @defaultValue an error with the text so far; responses in the background are resumed
   */
  readonly midStream?: MidStreamByOperation;
  /** Told before each step down. */
  readonly onFallback?: (event: FallbackEvent) => void;
  /** Told before a request goes out that had to be changed for its rung. */
  readonly onDowngrade?: (event: DowngradeEvent) => void;
}

/** Options, checked, with every default in its place. */
export interface ResolvedFallbackOptions {
  readonly ladders: Ladders;
  readonly regions: readonly string[];
  readonly patienceMs: number;
  readonly reserveRatio: number;
  readonly strict: boolean;
  readonly models: () => Promise<Models>;
  readonly quality: QualityOptions | undefined;
  readonly midStream: (call: Call) => ResolvedMidStream;
  readonly onFallback: ((event: FallbackEvent) => void) | undefined;
  readonly onDowngrade: ((event: DowngradeEvent) => void) | undefined;
}

/** The only place where a default stands. */
export const defaults: Readonly<Pick<ResolvedFallbackOptions, 'patienceMs' | 'reserveRatio' | 'strict'>> =
  Object.freeze({
    patienceMs: 2000,
    reserveRatio: 0.3,
    strict: false,
  });

const ladder = "ladders by requested model, e.g. { 'gpt-5': ['gpt-5-mini'] }";
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: FallbackOptions): ResolvedFallbackOptions {
  checkOptions('fallback', options, {
    models: { expected: ladder, holds: isObject },
    endpoints: { expected: "endpoints by name, e.g. { backup: { baseURL: 'https://…/v1', apiKey } }", holds: isObject },
    regions: {
      expected: 'a list of regions',
      holds: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
    },
    patienceMs: rules.durationMs,
    reserveRatio: rules.ratio,
    strict: rules.flag,
    capabilities: { expected: 'what models can do, by name', holds: isObject },
    midStream: { expected: "policies by operation, e.g. { chat: { policy: 'restart' } }", holds: isObject },
    quality: { expected: 'an object such as { empty: true }', holds: isObject },
    onFallback: rules.callback,
    onDowngrade: rules.callback,
  });
  if (options.models === undefined) throw new OptionError('fallback.models', ladder, undefined);
  const { regions = [], capabilities = {}, quality, onFallback, onDowngrade } = options;
  const { patienceMs, reserveRatio, strict } = { ...defaults, ...definedOf(options) };
  const ladders = laddersOf(options.models, endpointsOf(options.endpoints ?? {}));
  const models = catalog(capabilities);
  const midStream = resolveMidStream(options.midStream);
  const times = { patienceMs, reserveRatio };
  return { ladders, regions, ...times, strict, models, quality, midStream, onFallback, onDowngrade };
}

const definedOf = (options: FallbackOptions): Partial<typeof defaults> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function endpointsOf(given: NonNullable<FallbackOptions['endpoints']>): ReadonlyMap<string, Endpoint> {
  return new Map(Object.entries(given).map(([name, options]) => [name, endpoint({ ...options, name })]));
}
