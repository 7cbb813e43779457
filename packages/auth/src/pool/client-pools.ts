import { Secret, type Binding, type Call, type Next } from '@holdfast/core';
import { CachedCredential } from '../value/cached-credential.ts';
import { LimitDomain } from './limit-domain.ts';
import { Member } from './member.ts';
import type { ResolvedAuthOptions } from '../options.ts';
import { Pool } from './pool.ts';
import { Recovery } from './recovery.ts';
import { isRejected } from './rejection.ts';
import { meansOf, type Signing } from './signed.ts';

/** Sends as the client signed it, and asks the client's own function again when its token was rejected. */
export async function healed(call: Call, next: Next, signing: Signing): Promise<Response> {
  const response = await next(call);
  const token = isRejected(response) && /^Bearer ([\x21-\x7e]+)$/i.exec(call.header('authorization') ?? '')?.[1];
  const [member] = signing.pool.members;
  if (!token || member === undefined) return response;
  const secret = Secret.from(token, member.id);
  const sent = { member, secret, epoch: member.epoch, isProbe: false };
  return new Recovery(call, next, meansOf(call, signing)).after({ ...sent, response });
}

type ApiKeyFunction = Extract<Binding['apiKey'], (...given: never[]) => unknown>;

/** A pool of one for each client that has a function for its key. */
export function clientPools({ refresh, pool: rules }: ResolvedAuthOptions): (give: ApiKeyFunction) => Pool {
  const pools = new WeakMap<ApiKeyFunction, Pool>();
  return (give) => {
    let pool = pools.get(give);
    if (pool === undefined) {
      const id = 'client:apiKey';
      // Called as the client calls it: whatever it takes an argument for, it is not ours.
      const cache = new CachedCredential(id, { id, kind: 'token', read: () => give() }, refresh);
      pool = new Pool([new Member({ id, kind: 'token', project: undefined }, cache, new LimitDomain(id, 1))], rules);
      pools.set(give, pool);
    }
    return pool;
  };
}
