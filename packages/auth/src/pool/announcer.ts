import { announce, type Call, type Fault } from '@holdfast/core';
import type { Asker } from '../value/asker.ts';
import type { CredentialState } from '../events.ts';
import type { Member } from './member.ts';
import type { AuthCallbacks } from '../options.ts';

/** Tells the user's callbacks. */
export class Announcer {
  readonly #callbacks: AuthCallbacks;
  readonly #alertMs: number;
  #alertAtMs = Number.NEGATIVE_INFINITY;

  /** @param alertMs - least time between two alerts of the same kind. */
  constructor(callbacks: AuthCallbacks, alertMs: number) {
    this.#callbacks = callbacks;
    this.#alertMs = alertMs;
  }

  changed(
    { context, id: callId }: Asker,
    { id: credential }: Member,
    change: { readonly from: CredentialState; readonly to: CredentialState; readonly reason: string },
  ): void {
    const about = { ...(callId !== undefined && { callId }), service: context.service, credential };
    announce(context, 'auth.onStateChange', this.#callbacks.onStateChange, { ...about, ...change });
  }

  quarantined(
    { context, id: callId, service }: Call,
    { id: credential, identity: { kind } }: Member,
    about: { readonly fault: Fault; readonly usable: number; readonly limitDomain?: string },
  ): void {
    const event = { callId, service, credential, kind, ...about };
    announce(context, 'auth.onQuarantine', this.#callbacks.onQuarantine, event);
  }

  /** However many calls and credentials are concerned, it is one address that is not let in. */
  egressDenied({ context, clock, id: callId, service }: Call, { id: credential }: Member, fault: Fault): void {
    const nowMs = clock.monotonic();
    if (nowMs - this.#alertAtMs < this.#alertMs) return;
    this.#alertAtMs = nowMs;
    announce(context, 'auth.onEgressDenied', this.#callbacks.onEgressDenied, { callId, service, credential, fault });
  }

  adminUsed({ context, id: callId, service, method, route }: Call, { id: credential }: Member): void {
    const event = { callId, service, credential, method, address: route.address };
    announce(context, 'auth.onAdminUse', this.#callbacks.onAdminUse, event);
  }
}
