import type { Call, Context } from '@holdfast/core';
import { noPipeline, type Asker } from './value/asker.ts';
import { bearerOf } from './pool/bearer.ts';
import { clientPools, healed } from './pool/client-pools.ts';
import { controlsOf, type AuthMiddleware } from './pool/controls.ts';
import { CredentialError } from './credential-error.ts';
import { describePools } from './pool/describe-pools.ts';
import type { AuthOptions } from './options.ts';
import type { Pool } from './pool/pool.ts';
import { poolsOf, type Pools } from './pool/pools.ts';
import { refuseDisguised, refuseHedgedAdmin, refuseTenant, refuseTenantAdmin } from './pool/refusals.ts';
import { readingsOf } from './readings.ts';
import { resolveOptions } from './resolve-options.ts';
import { signed } from './pool/signed.ts';

/**
 * Gives each attempt its credential, and heals a 401 within the attempt: a dead key of a pool gives way to
 * the next, a stale token is refreshed once for all calls that were rejected with it.
 *
 * Without `credentials` a call keeps the credential of its client; a client with an `apiKey` function gets
 * a new token from it when the old one is rejected. A call without an `Authorization` header gets none.
 *
 * @throws OptionError when an option breaks its rule; TypeError for a value that can be no key.
 */
export function auth(options: AuthOptions = {}): AuthMiddleware {
  const resolved = resolveOptions(options);
  const pools = poolsOf(resolved);
  const { ordinary } = pools;
  const poolOfClient = clientPools(resolved);
  let context: Context = noPipeline.context;
  const asker = (): Asker => ({ context });
  return {
    name: 'auth',
    layer: 'auth',
    handle(call, next) {
      ({ context } = call);
      if (call.route.disguised) return Promise.resolve(refuseDisguised(call));
      const isAdmin = call.route.operation === 'admin';
      const pool = isAdmin ? adminPool(call, pools) : pools.tenants === undefined ? ordinary : tenantPool(call, pools);
      if (pool instanceof Response) return Promise.resolve(pool);
      const { apiKey, ownsCredentials } = call.root.binding;
      if (ownsCredentials) return next(call);
      if (pool !== undefined) return signed(call, next, { pool, pools });
      return typeof apiKey === 'function' && !isAdmin
        ? healed(call, next, { pool: poolOfClient(apiKey), pools })
        : next(call);
    },
    readings: (asked) => readingsOf(pools, asked),
    describe: () => describePools(pools, context),
    ...(ordinary !== undefined && { apiKey: () => bearerOf(ordinary, pools, asker()) }),
    ...controlsOf(pools, asker),
    async close() {
      for (const pool of [ordinary, pools.admin, pools.tenants]) pool?.close();
      await pools.ledger?.close();
    },
  };
}

/** The pool for an admin operation, or why it gets none. */
function adminPool(call: Call, { admin, tenants }: Pools): Pool | Response | undefined {
  if (call.isHedge) return refuseHedgedAdmin(call);
  if (tenants !== undefined && call.hints.tenant !== undefined) return refuseTenantAdmin(call);
  return admin;
}

/** The pool of the tenant that `call` is for, or why there is none: never that of another. */
function tenantPool(call: Call, { tenants, ordinary }: Pools): Pool | Response {
  const { tenant } = call.hints;
  try {
    const pool = tenant === undefined ? ordinary : tenants?.of(tenant);
    return pool ?? refuseTenant(call);
  } catch (error) {
    if (error instanceof CredentialError) return refuseTenant(call, error.message);
    throw error;
  }
}
