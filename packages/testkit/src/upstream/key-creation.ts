import { refuse } from './errors.ts';
import { numberOf } from './json.ts';
import type { KeyRecord } from './keys.ts';
import type { UpstreamRequest } from './request.ts';
import type { UpstreamState } from './state.ts';

/** The longest life that a key may be given: a year. */
const longestSeconds = 31_536_000;

/** When a key that is created with this request expires, in milliseconds since the epoch. */
function expiryOf(state: UpstreamState, request: UpstreamRequest): number | undefined {
  const seconds = numberOf(request.json['expires_in_seconds']);
  if (seconds === undefined) return undefined;
  if (seconds < 1 || seconds > longestSeconds)
    refuse(400, {
      message: `Invalid 'expires_in_seconds': expected a value between 1 and ${longestSeconds}, but got ${seconds} instead.`,
      param: 'expires_in_seconds',
      code: 'integer_out_of_range',
    });
  return state.clock.now() + seconds * 1000;
}

/** What kind of key is created. */
export interface CreatedKeyOptions {
  readonly prefix: string;
  readonly name: string;
  readonly project?: string;
  readonly serviceAccountId?: string;
  readonly admin?: boolean;
}

/** Creates a key that is accepted from now on; its value is told this once. */
export function createKey(
  state: UpstreamState,
  request: UpstreamRequest,
  options: CreatedKeyOptions,
): { record: KeyRecord; value: string } {
  const { prefix, ...rest } = options;
  const expiresAtMs = expiryOf(state, request);
  const value = `${state.nextId(prefix)}${state.nextId('T3BlbkFJ')}`;
  const record = state.keys.add({ key: value, ...rest, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) });
  state.admin.note('api_key.created', { id: record.id, data: { scopes: [] } }, request.caller?.id);
  return { record, value };
}

/** Seconds since the epoch; `null` for never. */
export const secondsOf = (timeMs: number | undefined): number | null =>
  timeMs === undefined ? null : Math.floor(timeMs / 1000);
