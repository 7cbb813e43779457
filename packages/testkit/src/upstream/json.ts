/** A parsed JSON object whose members are yet to be looked at. */
export type JsonObject = Record<string, unknown>;

/** Whether `value` is an object with named members, so neither `null` nor an array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `value` if it is an object, an empty one otherwise. */
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** The objects among the elements of `value`; none if it is no array. */
export const objectsOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** `value` if it is a string. */
export const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** `value` if it is a finite number. */
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
