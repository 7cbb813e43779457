import { faultTable } from '@holdfast/core';
import { other } from './names.ts';

/** Codes of refusals that are told by the kind of their fault, as on spans. */
const kindOfCode: Readonly<Record<string, string>> = { queue_full: 'rate_limited_local', state_bound: 'circuit_open' };

/** An `error.type` as metrics tell it: a status of three digits or the kind of a fault, and `_OTHER` for anything else. */
export function errorName(type: string): string {
  return /^[1-5]\d\d$/.test(type) || Object.hasOwn(faultTable, type) ? type : other;
}

/** The `error.type` of a refusal of ours. */
export const errorOfRefusal = (code: string): string => errorName(kindOfCode[code] ?? code);
