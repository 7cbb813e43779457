/** What a caller may say about one call. Layers take what concerns them. */
export interface Hints {
  /** How much this call matters when there is not room for all. @defaultValue 'normal' */
  readonly priority?: 'low' | 'normal' | 'high';
  /** On whose behalf; queues are fair and credentials apart between tenants. */
  readonly tenant?: string;
  /** The answer is of no use later than this, in milliseconds from the start of the call. */
  readonly deadlineMs?: number;
  /** Where the answer should come from, among equal endpoints: the name of a region, such as `eu`. */
  readonly region?: string;
}

/** Gives the hints of the scope that a call is made in, if any. */
export type HintsProvider = () => Hints | undefined;

/** `fetchOptions` with hints in them; with a property that every client knows, so that its types take them. */
export type HintedFetchOptions = { readonly keepalive?: boolean; readonly holdfast: Hints };

/**
 * Request options that carry hints for one call, for any client that takes `fetchOptions`:
 * `client.chat.completions.create(params, hints({ priority: 'low' }))`.
 */
export function hints(values: Hints): { fetchOptions: HintedFetchOptions } {
  checkHints(values);
  return { fetchOptions: { holdfast: values } };
}

/** @throws TypeError naming the hint, the rule and the value. */
export function checkHints(values: Hints): void {
  if (typeof values !== 'object' || values === null)
    throw new TypeError(
      `hints: expected an object such as { priority: 'low' }, got ${values === null ? 'null' : typeof values}`,
    );
  const { priority, deadlineMs, tenant, region } = values;
  if (priority !== undefined && !['low', 'normal', 'high'].includes(priority))
    throw new TypeError(`hints.priority: expected 'low', 'normal' or 'high', got ${String(priority)}`);
  if (deadlineMs !== undefined && !(typeof deadlineMs === 'number' && deadlineMs > 0))
    throw new TypeError(`hints.deadlineMs: expected milliseconds above 0, got ${String(deadlineMs)}`);
  if (region !== undefined && (typeof region !== 'string' || region === ''))
    throw new TypeError(`hints.region: expected a non-empty string, got ${JSON.stringify(region)}`);
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant === ''))
    throw new TypeError(`hints.tenant: expected a non-empty string, got ${JSON.stringify(tenant)}`);
}
