import type { Call, Endpoint, Journey } from '@holdfast/core';
import { Health } from './health.ts';
import { Lanes } from './lane.ts';
import type { ResolvedRoutingOptions } from './options.ts';

/** An endpoint among those that calls are spread over, and what is known of it. */
export class Member {
  readonly name: string;
  readonly origin: string;
  readonly region: string | undefined;
  /** Its share of the traffic beside that of the others; 1 is the mean. */
  readonly weight: number;
  readonly maxInFlight: number;
  readonly lanes: Lanes;
  readonly health: Health;
  /** Calls whose answers have not ended. */
  inFlight = 0;
  /** Calls that wait here for the beginning of an answer, so that their second requests go elsewhere. */
  readonly awaited: Set<Journey> = new Set();
  /** Calls that it was given lately, for weights. */
  sent = 0;
  /** `undefined` for the endpoint that the client itself points to. */
  readonly #endpoint: Endpoint | undefined;

  constructor(
    traits: Pick<Member, 'name' | 'origin' | 'region' | 'weight' | 'maxInFlight'>,
    options: ResolvedRoutingOptions,
    endpoint?: Endpoint,
  ) {
    this.name = traits.name;
    this.origin = traits.origin;
    this.region = traits.region;
    this.weight = traits.weight;
    this.maxInFlight = traits.maxInFlight;
    this.lanes = new Lanes(options.halfLifeMs);
    this.health = new Health(options);
    this.#endpoint = endpoint;
  }

  get isOwn(): boolean {
    return this.#endpoint === undefined;
  }

  /** The call as it goes there, with nothing in it that belongs to another; the client's own goes as it came. */
  aim(call: Call): Promise<Call> | undefined {
    return this.#endpoint?.aim(call);
  }
}
