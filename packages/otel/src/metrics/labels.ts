import type { Attributes } from '@opentelemetry/api';
import { metricKey as key, type MetricAttribute } from './attribute-keys.ts';
import { AttributeSets } from './attribute-sets.ts';
import { Models } from './models.ts';
import { Names, other } from './names.ts';
import { Places } from './places.ts';
import { isWord } from './words.ts';

/** Tokens and money of one model, by what became of them. */
export interface TokenSet {
  readonly input: Attributes;
  readonly output: Attributes;
  readonly cost: Attributes;
}

/** What becomes of an answer. */
export type Disposition = 'delivered' | 'discarded';

/** What values of attributes are told as, for one layer: every name that is not of a few passes here. */
export class Labels {
  readonly models: Models = new Models();
  readonly places: Places = new Places();
  readonly #names = new Map<MetricAttribute, Names>();
  readonly #pairs = new AttributeSets<Attributes>();
  readonly #tokens = new AttributeSets<TokenSet>();

  /** What a layer calls a decision or a refusal of its own. */
  word(attribute: MetricAttribute, value: string): string {
    return isWord(value) ? this.name(attribute, value) : other;
  }

  /** A name that somebody configured. */
  name(attribute: MetricAttribute, value: string): string {
    let names = this.#names.get(attribute);
    if (names === undefined) {
      names = new Names();
      this.#names.set(attribute, names);
    }
    return names.of(value);
  }

  /** A service and one more attribute, whose `value` is one of a few. */
  pair(service: string, attribute: MetricAttribute, value: string): Attributes {
    const make = (): Attributes => Object.freeze({ [key.service]: service, [key[attribute]]: value });
    return this.#pairs.of(`${service}|${attribute}|${value}`, () => `${attribute}|${value}`, make);
  }

  /** @param model - as it is told. */
  tokens(service: string, model: string | undefined, disposition: Disposition): TokenSet {
    const make = (): TokenSet => {
      const cost = {
        [key.service]: service,
        ...(model !== undefined && { [key.responseModel]: model }),
        [key.disposition]: disposition,
      };
      return {
        cost: Object.freeze(cost),
        input: Object.freeze({ ...cost, [key.tokenType]: 'input' }),
        output: Object.freeze({ ...cost, [key.tokenType]: 'output' }),
      };
    };
    return this.#tokens.of(`${service}|${model}|${disposition}`, () => `${model}|${disposition}`, make);
  }
}
