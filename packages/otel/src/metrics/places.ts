import type { Attributes } from '@opentelemetry/api';
import { metricKey as key } from './attribute-keys.ts';
import { other } from './names.ts';

/** Origins that are told as they are, the first ones that come. */
const maxPlaces = 32;

/** Where a request goes, as metrics tell it. */
export interface Place {
  /** Tells it from all others. */
  readonly key: string;
  readonly attributes: Attributes;
}

/** Any other place. */
export const elsewhere: Place = Object.freeze({
  key: other,
  attributes: Object.freeze({ [key.serverAddress]: other }),
});

/** Tells origins as `server.address` and `server.port`; after the first 32, every other one is the same place. */
export class Places {
  readonly #known = new Map<string, Place>();

  of(origin: string): Place {
    const known = this.#known.get(origin);
    if (known !== undefined) return known;
    const place = this.#known.size < maxPlaces ? placeOf(origin) : undefined;
    if (place === undefined) return elsewhere;
    this.#known.set(origin, place);
    return place;
  }
}

function placeOf(origin: string): Place | undefined {
  if (!URL.canParse(origin)) return undefined;
  const { hostname, port, protocol } = new URL(origin);
  if (hostname === '') return undefined;
  const told = port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
  const attributes = Object.freeze({ [key.serverAddress]: hostname, [key.serverPort]: told });
  return Object.freeze({ key: origin, attributes });
}
