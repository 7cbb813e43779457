import { OptionError, type Middleware } from '@holdfast/core';
import type { Asker } from '../value/asker.ts';
import type { Member } from './member.ts';
import type { Pool } from './pool.ts';
import type { Pools } from './pools.ts';
import type { StandingEvent } from './standing.ts';
import { statusOf, type CredentialStatus } from './status.ts';

/** Whose credentials are meant. */
export interface Whose {
  /** Those of a tenant. @defaultValue those that belong to no tenant */
  readonly tenant?: string;
}

/** What can be done to the credentials of a layer by hand. Ids are those that `status` tells. */
export interface CredentialControls {
  /** How each credential is doing. Nothing for a tenant that has not been seen yet. */
  status(whose?: Whose): readonly CredentialStatus[];
  /**
   * Takes a credential out: no call gets it any more, those that have it go on.
   *
   * @throws OptionError when there is no credential of that id; so do the others.
   */
  drain(id: string, whose?: Whose): void;
  /** Takes a credential out for good: not even a probe is sent with it. Survives a restart where there is a store. */
  revoke(id: string, whose?: Whose): void;
  /** Takes a credential back in, whatever was held against it or its limit domain. */
  restore(id: string, whose?: Whose): void;
  /**
   * Asks the source of a credential now, or every source; the old value is used until the new one is there.
   *
   * @throws CredentialError when a source failed.
   */
  refresh(id?: string, whose?: Whose): Promise<void>;
}

/** The layer that `auth()` makes. */
export interface AuthMiddleware extends Middleware, CredentialControls {
  /** Ends watches and questions to sources, and waits until the store has saved. */
  close(): Promise<void>;
}

/** @param asker - the layer, in the pipeline that it was last seen in. */
export function controlsOf(pools: Pools, asker: () => Asker): CredentialControls {
  const membersOf = (whose: Whose = {}): readonly Member[] => meant(pools, whose).flatMap(({ members }) => members);
  const meet = (id: string, whose: Whose | undefined, event: StandingEvent): void => {
    const member = named(id, membersOf(whose));
    const { context } = asker();
    const from = member.state(context);
    if (event.type === 'restored') member.isDraining = false;
    if (event.type === 'restored') member.domain.refill();
    member.meet(event, pools.options.pool);
    if (member.cache.secret !== undefined) pools.ledger?.keep(asker(), member, member.cache.secret);
    const to = member.state(context);
    if (from !== to) pools.announcer.changed(asker(), member, { from, to, reason: 'by hand' });
  };
  return {
    status: (whose) => membersOf(whose).map((member) => statusOf(member, asker().context)),
    drain(id, whose) {
      const member = named(id, membersOf(whose));
      const from = member.state(asker().context);
      member.isDraining = true;
      const to = member.state(asker().context);
      if (from !== to) pools.announcer.changed(asker(), member, { from, to, reason: 'by hand' });
    },
    revoke: (id, whose) => meet(id, whose, { type: 'revoked', why: 'by hand' }),
    restore: (id, whose) => meet(id, whose, { type: 'restored' }),
    async refresh(id, whose) {
      const members = membersOf(whose);
      const wanted = id === undefined ? members : [named(id, members)];
      await Promise.all(wanted.filter(({ cache }) => cache.renewable).map(({ cache }) => cache.refresh(asker())));
    },
  };
}

function meant({ ordinary, admin, tenants }: Pools, { tenant }: Whose): Pool[] {
  const pools = tenant === undefined ? [ordinary, admin] : [tenants?.peek(tenant)];
  return pools.filter((pool) => pool !== undefined);
}

function named(id: string, members: readonly Member[]): Member {
  const member = members.find((one) => one.id === id);
  if (member !== undefined) return member;
  throw new OptionError(
    'auth',
    `the id of a credential, one of ${members.map((one) => one.id).join(', ') || 'none'}`,
    id,
  );
}
