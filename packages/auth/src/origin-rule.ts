import type { Rule } from '@holdfast/core';

/** Says what an origin is, and whether a value is one. */
export const originRule: Rule = {
  expected: "an origin, e.g. 'https://api.openai.com' (http or https, without a path)",
  holds: (value) => typeof value === 'string' && /^https?:/.test(value) && originOf(value) === value,
};

function originOf(value: string): string | undefined {
  try {
    return new URL(value).origin;
  } catch {
    return undefined;
  }
}
