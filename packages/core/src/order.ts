import { layers, type Layer } from './middleware.ts';

/** Why each layer stands outside those that follow it in the onion. */
const reasons: Readonly<Record<Layer, string>> = {
  telemetry: 'it has to see the whole call, with every retry and fallback further in',
  audit: 'it writes one line per call, whatever happens further in',
  budget: 'money is reserved before anything is sent',
  coalesce: 'identical calls are joined before they are retried or sent elsewhere',
  fallback: 'a ladder walks on when a rung is exhausted or refused, not at the first hiccup',
  hedge: 'each of the racing calls retries on its own',
  retry: 'each attempt needs its own permit, its own place in the queue and a fresh credential',
  routing: 'limits and circuits are kept per endpoint, so it has to be chosen first',
  rateLimit: 'waiting for a place must not hold a probe of a half-open circuit',
  breaker: 'an open circuit refuses before time or credentials are spent on the attempt',
  timeout: 'it bounds a whole attempt, getting its credential included',
  auth: 'a signature covers the credential, so that has to be there first',
  sign: 'what is signed is what leaves',
  transport: 'it carries the request away, so nothing can stand further in',
};

/** A layer as the builder sees it. */
export interface Ordered {
  readonly name: string;
  readonly layer: Layer;
}

/**
 * Checks that the layers can work in the order in which they were added, outermost first.
 *
 * @throws TypeError that names the two layers and says why they cannot stand like this.
 */
export function checkOrder(added: readonly Ordered[]): void {
  const names = new Set<string>();
  for (const [index, inner] of added.entries()) {
    if (!layers.includes(inner.layer))
      throw new TypeError(
        `pipeline: middleware "${inner.name}" names an unknown layer ${JSON.stringify(inner.layer)}; ` +
          `expected one of ${layers.join(', ')}`,
      );
    if (names.has(inner.name))
      throw new TypeError(
        `pipeline: "${inner.name}" was added twice; twice the same layer multiplies what it does. ` +
          'Remove one, or give it a name of its own.',
      );
    names.add(inner.name);
    const outerLayers = added.slice(0, index);
    const other = outerLayers.find(({ layer }) => layer === 'transport' && inner.layer === 'transport');
    if (other !== undefined)
      throw new TypeError(
        `pipeline: "${other.name}" and "${inner.name}" are both transports; a request leaves by one.`,
      );
    const misplaced = outerLayers.find((outer) => rank(outer) > rank(inner));
    if (misplaced !== undefined)
      throw new TypeError(
        `pipeline: ${inner.name} must be added before ${misplaced.name}, further out: ${reasons[inner.layer]}.`,
      );
  }
}

const rank = ({ layer }: Ordered): number => layers.indexOf(layer);
