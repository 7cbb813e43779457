import { sleep } from '@holdfast/core';
import { genericGrantRequest } from 'openid-client';
import type { FinishedDeviceLogin } from './device-login.ts';
import { OAuthError } from '../oauth-error.ts';
import type { OpenIdProvider } from '../provider/open-id-provider.ts';
import { tokensOf } from '../tokens.ts';

const grant = 'urn:ietf:params:oauth:grant-type:device_code';

/** A provider that names less is not asked more often. */
const shortestIntervalMs = 1000;

/** By how much each `slow_down` lengthens all further waits. @see RFC 8628 §3.5 */
const slowDownMs = 5000;

/** What to ask for, and how often. */
export interface DevicePoll {
  readonly deviceCode: string;
  readonly expiresAtMs: number;
  readonly intervalMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Asks until there is an answer. openid-client's own loop waits on the clock of the machine. */
export async function pollDevice(
  provider: OpenIdProvider,
  { deviceCode, expiresAtMs, intervalMs, signal }: DevicePoll,
): Promise<FinishedDeviceLogin> {
  const { clock, host } = provider;
  let waitMs = Math.max(shortestIntervalMs, intervalMs);
  let onceMs = 0;
  for (;;) {
    const restMs = expiresAtMs - clock.now();
    await sleep(clock, Math.max(0, Math.min(restMs, Math.max(waitMs, onceMs))), signal);
    if (clock.now() >= expiresAtMs)
      throw new OAuthError('device_code_expired', `Nobody entered the code at ${host} in time.`);
    try {
      return await askOnce(provider, deviceCode, signal);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      waitMs = nextWaitMs(error, waitMs);
      onceMs = error.retryAfterMs ?? 0;
    }
  }
}

async function askOnce(
  provider: OpenIdProvider,
  deviceCode: string,
  signal: AbortSignal | undefined,
): Promise<FinishedDeviceLogin> {
  const question = { what: 'The login of a device', signal, checksSignature: true };
  const { result, requestedMs } = await provider.ask(question, (configuration) =>
    genericGrantRequest(configuration, grant, { device_code: deviceCode }),
  );
  return { tokens: tokensOf(result, requestedMs), claims: result.claims() };
}

/** @throws the error itself where asking again makes no sense. */
function nextWaitMs(error: OAuthError, waitMs: number): number {
  const { code, providerError, message } = error;
  switch (providerError) {
    case 'authorization_pending':
      return waitMs;
    case 'slow_down':
      return waitMs + slowDownMs;
    case 'access_denied':
      throw new OAuthError('authorization_refused', message, error);
    case 'expired_token':
      throw new OAuthError('device_code_expired', message, error);
    default:
  }
  // Whoever cannot answer is asked half as often.
  if (['unreachable', 'timeout', 'connection_lost', 'provider_unavailable'].includes(code)) return waitMs * 2;
  throw error;
}
