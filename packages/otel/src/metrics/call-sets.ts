import type { Call, Outcome } from '@holdfast/core';
import type { Attributes } from '@opentelemetry/api';
import { operationNameOf } from '../operation.ts';
import { providerOf } from '../provider.ts';
import { metricKey as key } from './attribute-keys.ts';
import { AttributeSets } from './attribute-sets.ts';
import { errorName } from './error-names.ts';
import type { Labels } from './labels.ts';
import { other } from './names.ts';
import { elsewhere } from './places.ts';

/** The attributes of the GenAI metrics of one call. */
export interface CallSet {
  /** What all of them have. */
  readonly plain: Attributes;
  /** With `error.type`, where there is one. */
  readonly ended: Attributes;
  readonly input: Attributes;
  readonly output: Attributes;
  readonly counted: Attributes;
}

/** Attributes of GenAI metrics, made once for calls that are alike. */
export class CallSets {
  readonly #labels: Labels;
  readonly #sets = new AttributeSets<CallSet>();

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  of({ route, root }: Call, outcome: Outcome, errorType: string | undefined): CallSet {
    const { models, places } = this.#labels;
    const operation = operationNameOf(route.operation);
    const provider = providerOf(route);
    const asked = root.requestedModel === undefined ? undefined : models.of(root.requestedModel);
    const answered = outcome.model === undefined ? undefined : models.of(outcome.model);
    const error = errorType === undefined ? undefined : errorName(errorType);
    const place = places.of(route.origin);
    const make = (isFolded: boolean): CallSet => {
      const fold = (value: string | undefined): string | undefined => (isFolded && value !== undefined ? other : value);
      const names = { operation, provider, asked: fold(asked), answered: fold(answered), error: fold(error) };
      return setOf(names, isFolded ? elsewhere.attributes : place.attributes);
    };
    const foldedKey = (): string =>
      `${operation}|${provider}|${asked === undefined}|${answered === undefined}|${error === undefined}`;
    return this.#sets.of(`${operation}|${provider}|${asked}|${answered}|${error}|${place.key}`, foldedKey, make);
  }
}

interface CallNames {
  readonly operation: string;
  readonly provider: string;
  readonly asked: string | undefined;
  readonly answered: string | undefined;
  readonly error: string | undefined;
}

function setOf({ operation, provider, asked, answered, error }: CallNames, place: Attributes): CallSet {
  const plain = Object.freeze({
    [key.operationName]: operation,
    [key.providerName]: provider,
    ...(asked !== undefined && { [key.requestModel]: asked }),
    ...(answered !== undefined && { [key.responseModel]: answered }),
    ...place,
  });
  return {
    plain,
    ended: error === undefined ? plain : Object.freeze({ ...plain, [key.errorType]: error }),
    input: Object.freeze({ ...plain, [key.tokenType]: 'input' }),
    output: Object.freeze({ ...plain, [key.tokenType]: 'output' }),
    counted: Object.freeze({ ...plain, [key.tokenModality]: 'unknown' }),
  };
}
