import type { AttemptEntry } from '@holdfast/core';
import type { Attributes } from '@opentelemetry/api';
import type { AttemptKind } from '../attempt-kind.ts';
import { metricKey as key } from './attribute-keys.ts';
import { AttributeSets } from './attribute-sets.ts';
import { errorName } from './error-names.ts';
import type { Labels } from './labels.ts';
import { other } from './names.ts';
import { elsewhere } from './places.ts';

/** How a request went, as metrics tell it. */
export interface AttemptEnd {
  readonly service: string;
  readonly kind: AttemptKind;
  readonly entry: AttemptEntry;
  readonly errorType: string | undefined;
}

/** Attributes of attempts, made once for those that are alike. */
export class AttemptSets {
  readonly #labels: Labels;
  readonly #sets = new AttributeSets<Attributes>();

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  of({ service, kind, entry, errorType }: AttemptEnd): Attributes {
    const { models, places } = this.#labels;
    const model = entry.model === undefined ? undefined : models.of(entry.model);
    const error = errorType === undefined ? undefined : errorName(errorType);
    const result = entry.fault === undefined ? 'ok' : error === undefined ? 'cancelled' : 'failed';
    const place = places.of(entry.origin);
    const make = (isFolded: boolean): Attributes =>
      Object.freeze({
        [key.service]: service,
        [key.attemptKind]: kind,
        [key.result]: result,
        ...(error !== undefined && { [key.errorType]: isFolded ? other : error }),
        ...(model !== undefined && { [key.requestModel]: isFolded ? other : model }),
        ...(isFolded ? elsewhere : place).attributes,
      });
    const about = `${service}|${kind}|${result}`;
    return this.#sets.of(`${about}|${error}|${model}|${place.key}`, () => `${about}|${model === undefined}`, make);
  }
}
