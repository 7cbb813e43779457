/** Seconds, as the conventions advise: 0.01 to 81.92, each twice the one before. */
export const secondBuckets: readonly number[] = Object.freeze(
  Array.from({ length: 14 }, (_, power) => Number((0.01 * 2 ** power).toFixed(2))),
);

/** Tokens, as the conventions advise: 1 to 67108864, each four times the one before. */
export const tokenBuckets: readonly number[] = Object.freeze(Array.from({ length: 14 }, (_, power) => 4 ** power));
