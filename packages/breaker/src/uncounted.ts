import type { Permit } from '@holdfast/core';

/** For a call that goes without being counted: no circuit can be kept for it, or it goes in spite of one. */
export const uncounted: Permit = Object.freeze({ granted: true, end: () => undefined });
