import type { JsonObject, Operation } from '@holdfast/core';

/** One parameter that a model takes otherwise than it was given, or not at all. Holds no content. */
export interface FitChange {
  /** Its name; a field of one after a dot, e.g. `reasoning.effort`. */
  readonly parameter: string;
  readonly action: 'translated' | 'clamped' | 'dropped';
  /** What it was: a number, a flag or the name of a setting; `null` where it might be content. */
  readonly from: string | number | boolean | null;
  readonly to?: string | number;
  readonly reason: string;
}

/** A request on its way to another model: a copy, and on record what was changed in it. */
export class Draft {
  readonly json: JsonObject;
  readonly operation: Operation;
  readonly changes: FitChange[] = [];

  constructor(json: JsonObject, operation: Operation) {
    this.json = { ...json };
    this.operation = operation;
  }

  /** The value of a parameter, or of a field of one (`text.format`). To the API, `null` is as good as nothing. */
  get(place: string): unknown {
    const [name, field] = place.split('.') as [string, string?];
    const value = this.json[name] ?? undefined;
    if (field === undefined) return value;
    return isObject(value) ? (value[field] ?? undefined) : undefined;
  }

  /** Which of `places` the request says something at. */
  given(places: readonly string[]): readonly string[] {
    return places.filter((place) => this.get(place) !== undefined);
  }

  /** Puts a value in place. What the caller holds is not touched, however deep. */
  set(place: string, value: unknown): void {
    const [name, field] = place.split('.') as [string, string?];
    if (field === undefined) this.json[name] = value;
    else this.json[name] = { ...(this.json[name] as JsonObject | undefined), [field]: value };
  }

  /** Takes a parameter out, if it is there. */
  drop(parameter: string, reason: string, from: FitChange['from'] = this.#told(parameter)): void {
    if (this.get(parameter) === undefined) return;
    const [name, field] = parameter.split('.') as [string, string?];
    if (field === undefined) delete this.json[name];
    else {
      const { [field]: _, ...rest } = this.json[name] as JsonObject;
      this.json[name] = rest;
    }
    this.changes.push({ parameter, action: 'dropped', from, reason });
  }

  /** Replaces the name of a setting by the one that comes nearest. */
  translate(parameter: string, to: string, reason: string): void {
    this.changes.push({ parameter, action: 'translated', from: this.#told(parameter), to, reason });
    this.set(parameter, to);
  }

  /** What may be told of a value. */
  #told(parameter: string): FitChange['from'] {
    const value = this.get(parameter);
    if (typeof value === 'number' || typeof value === 'boolean') return value;
    return typeof value === 'string' && named.has(parameter) && /^[\w-]{1,32}$/.test(value) ? value : null;
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Settings whose values are names. What else is a text may be content. */
const named = new Set([
  'reasoning_effort',
  'reasoning.effort',
  'verbosity',
  'text.verbosity',
  'service_tier',
  'prompt_cache_retention',
]);
