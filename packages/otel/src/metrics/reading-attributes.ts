import type { Operation } from '@holdfast/core';
import type { Attributes } from '@opentelemetry/api';
import { operationNameOf } from '../operation.ts';
import { metricKey as key, type MetricAttribute } from './attribute-keys.ts';
import { AttributeSets } from './attribute-sets.ts';
import type { Labels } from './labels.ts';
import type { MetricRow } from './metric-row.ts';
import { other } from './names.ts';
import { elsewhere } from './places.ts';
import { wordOf } from './words.ts';

/** What readings and events name, and the attribute that tells it. */
const plainly: Readonly<Record<string, MetricAttribute>> = {
  state: 'circuitState',
  from: 'circuitFrom',
  kind: 'circuitKind',
  limit: 'limitKind',
  credential: 'credentialId',
  budget: 'budgetName',
  result: 'result',
  trigger: 'refreshTrigger',
  class: 'auditClass',
};

const operations: ReadonlySet<string> = new Set([
  'chat',
  'responses',
  'embeddings',
  'completions',
  'images',
  'audio',
  'moderations',
  'admin',
  'other',
] satisfies Operation[]);

/** What a layer says of something: names and their values. */
export type About = Readonly<Record<string, string | undefined>>;

/**
 * The attributes of what layers tell, each under the name that metrics have for it, and none that its metric does not
 * list. Every value passes where names are bounded, whatever a layer says. The same values are the same object.
 */
export class ReadingAttributes {
  readonly #labels: Labels;
  readonly #sets = new Map<string, AttributeSets<Attributes>>();

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  of(service: string, row: Pick<MetricRow, 'name' | 'attributes'>, about: About): Attributes {
    const told: Attributes = { [key.service]: service };
    for (const name of Object.keys(plainly)) this.#addName(told, row, { name, value: about[name] });
    this.#addPlace(told, row, about);
    let sets = this.#sets.get(row.name);
    if (sets === undefined) {
      sets = new AttributeSets();
      this.#sets.set(row.name, sets);
    }
    const make = (isFolded: boolean): Attributes => Object.freeze(isFolded ? folded(told) : told);
    return sets.of(keyOf(told), () => keyOf(folded(told)), make);
  }

  #addName(
    told: Attributes,
    { attributes }: Pick<MetricRow, 'attributes'>,
    { name, value }: { readonly name: string; readonly value: unknown },
  ): void {
    const attribute = plainly[name] as MetricAttribute;
    if (typeof value !== 'string' || !attributes.includes(attribute)) return;
    told[key[attribute]] = wordOf(attribute, value) ?? this.#labels.name(attribute, value);
  }

  #addPlace(told: Attributes, { attributes }: Pick<MetricRow, 'attributes'>, about: About): void {
    const { models, places } = this.#labels;
    const { origin, model, operation } = about;
    if (origin !== undefined && attributes.includes('serverAddress')) Object.assign(told, places.of(origin).attributes);
    if (model !== undefined && attributes.includes('requestModel')) told[key.requestModel] = models.of(model);
    if (operation === undefined || !attributes.includes('operationName')) return;
    told[key.operationName] = operations.has(operation) ? operationNameOf(operation as Operation) : other;
    if (operation === 'chat') told[key.apiType] = 'chat_completions';
    else if (operation === 'responses') told[key.apiType] = 'responses';
  }
}

const keyOf = (attributes: Attributes): string => JSON.stringify(attributes);

function folded(attributes: Attributes): Attributes {
  const { [key.serverPort]: _, ...rest } = attributes;
  return {
    ...rest,
    ...(key.serverAddress in rest && elsewhere.attributes),
    ...(key.requestModel in rest && { [key.requestModel]: other }),
  };
}
