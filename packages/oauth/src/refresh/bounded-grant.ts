import { guardTimer, untilAborted } from '@holdfast/core';
import type { ResolvedRefreshOptions } from './resolve-refresh-options.ts';
import type { TokenKey, TokenRecord } from '../store/token-store.ts';
import type { Tokens } from '../tokens.ts';

/** Spends a refresh token once. One that hangs is left behind, as it need not listen to its signal. */
export async function boundedGrant(
  { refresh, clock, timeoutMs }: ResolvedRefreshOptions,
  key: TokenKey,
  begun: TokenRecord,
): Promise<Tokens> {
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(new DOMException('The refresh took too long.', 'TimeoutError'));
  const timer = clock.setTimer(giveUp, timeoutMs, guardTimer);
  try {
    const answer = refresh(begun, { key, subject: key.subject || undefined, signal: controller.signal });
    return await untilAborted(Promise.resolve(answer), controller.signal);
  } finally {
    timer.cancel();
  }
}
