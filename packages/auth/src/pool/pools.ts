import { Announcer } from './announcer.ts';
import { Ledger } from '../quarantine/ledger.ts';
import type { ResolvedAuthOptions } from '../options.ts';
import type { Pool } from './pool.ts';
import { adminOf, poolOf } from './pools-of.ts';
import type { CredentialInput } from '../source.ts';
import { Tenants } from './tenants.ts';

/** Everything that a layer keeps. Its pools never lend to each other. */
export interface Pools {
  readonly options: ResolvedAuthOptions;
  readonly ordinary: Pool | undefined;
  readonly admin: Pool | undefined;
  readonly tenants: Tenants | undefined;
  readonly announcer: Announcer;
  readonly ledger: Ledger | undefined;
}

/** @throws OptionError for what is no credential; TypeError for a value that can be no key. */
export function poolsOf(options: ResolvedAuthOptions): Pools {
  const { given, refresh, pool, callbacks, maxTenants } = options;
  const { credentials, tenants, store, stateProject } = given;
  const admin = given.admin === undefined ? adminOf(credentials) : given.admin;
  const build = (option: string, input: CredentialInput, prefix: string, isAdmin = false): Pool =>
    poolOf({ option, input, prefix, isAdmin, refresh, pool });
  return {
    options,
    ordinary:
      credentials === undefined
        ? undefined
        : poolOf({
            option: 'auth.credentials',
            input: credentials,
            prefix: '',
            isAdmin: false,
            stateProject,
            refresh,
            pool,
          }),
    admin:
      admin === undefined ? undefined : build('auth.admin', admin, given.admin === undefined ? '' : 'admin:', true),
    tenants:
      tenants &&
      new Tenants({
        given: tenants,
        capacity: maxTenants,
        build: (tenant, input) => build('auth.tenants', input, `tenant:${tenant}:`),
      }),
    announcer: new Announcer(callbacks, pool.alertMs),
    ledger: store && new Ledger(store, refresh.timeoutMs),
  };
}
