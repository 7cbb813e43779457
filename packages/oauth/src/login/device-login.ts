import { checkOptions } from '@holdfast/core';
import { initiateDeviceAuthorization, type DeviceAuthorizationResponse, type IDToken } from 'openid-client';
import { pollDevice } from './device-poll.ts';
import { protectedUrl } from '../provider/loopback.ts';
import { OAuthError } from '../oauth-error.ts';
import { defaults, oauthRules } from '../options.ts';
import { openIdProviderOf, type Provider } from '../provider/provider.ts';
import type { Tokens } from '../tokens.ts';

/** How users of a device without a browser sign in. */
export interface DeviceLoginOptions {
  readonly provider: Provider;
  /** @defaultValue 'openid' */
  readonly scope?: string;
  /**
   * Further parameters of the request, such as `audience`.
   * @defaultValue none
   */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Somebody has signed in elsewhere for this device. */
export interface FinishedDeviceLogin {
  readonly tokens: Tokens;
  /** The ID token, checked, if the provider gave one. */
  readonly claims: IDToken | undefined;
}

/** A login that waits for somebody to enter its code elsewhere. */
export interface StartedDeviceLogin {
  /** What the user enters. */
  readonly userCode: string;
  /** Where. */
  readonly verificationUri: string;
  /** Where, with the code in it, such as for a QR code. */
  readonly verificationUriComplete: string | undefined;
  /** In milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
  /**
   * Asks the provider, as often as it allows, until somebody has signed in. Call it once at a time.
   *
   * @throws OAuthError: `authorization_refused`, `device_code_expired`, or why the provider cannot be asked; the reason
   *   of `signal` when that aborted.
   */
  finish(options?: { readonly signal?: AbortSignal | undefined }): Promise<FinishedDeviceLogin>;
}

/**
 * Begins the login of a device.
 *
 * @throws OptionError when an option breaks its rule; OAuthError when the provider cannot be asked.
 * @see RFC 8628
 */
export async function deviceLogin(
  options: DeviceLoginOptions,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<StartedDeviceLogin> {
  checkOptions('deviceLogin', options, { provider: undefined, scope: oauthRules.text, parameters: undefined });
  const { scope = defaults.scope, parameters = {} } = options;
  const provider = openIdProviderOf('deviceLogin', options.provider);
  const { result, requestedMs } = await provider.ask({ what: 'The login of a device', signal }, (configuration) =>
    initiateDeviceAuthorization(configuration, { ...parameters, scope }),
  );
  checkShown(result);
  const expiresAtMs = requestedMs + result.expires_in * 1000;
  return {
    userCode: result.user_code,
    verificationUri: result.verification_uri,
    verificationUriComplete: result.verification_uri_complete,
    expiresAtMs,
    finish: (waiting = {}) =>
      pollDevice(provider, {
        deviceCode: result.device_code,
        expiresAtMs,
        intervalMs: result.interval === undefined ? defaults.deviceIntervalMs : result.interval * 1000,
        signal: waiting.signal,
      }),
  };
}

/** What is shown to people, often by a terminal, is an address and a few characters. */
function checkShown(answer: DeviceAuthorizationResponse): void {
  const { user_code, verification_uri, verification_uri_complete = verification_uri } = answer;
  const isShown = /^[\x20-\x7e]{1,64}$/.test(user_code);
  if (isShown && [verification_uri, verification_uri_complete].every((address) => protectedUrl(address) !== undefined))
    return;
  throw new OAuthError('invalid_response', 'The provider gave a user code or an address that cannot be shown.');
}
