import { faultOf, untilAborted, type Call, type Next } from '@holdfast/core';
import { learn, type Sent } from './lessons.ts';
import { defaults, type ResolvedAuthOptions } from '../options.ts';
import type { Pool } from './pool.ts';
import type { Pools } from './pools.ts';
import { Recovery, type Means } from './recovery.ts';
import { isRejected } from './rejection.ts';

/** What signs a call. */
export interface Signing {
  readonly pool: Pool;
  readonly pools: Pools;
}

/** Sends with a credential of the pool, unless the call is signed in a way of its own. */
export function signed(call: Call, next: Next, signing: Signing): Promise<Response> {
  const authorization = call.header('authorization');
  // None: removed on purpose, or Azure's `api-key`. A signature of AWS covers the request as it stands.
  if (authorization === null || authorization.startsWith('AWS4-HMAC-SHA256')) return next(call);
  const { pool, pools } = signing;
  if (pools.ledger !== undefined && !pool.isOpen) {
    const prepared = untilAborted(pools.ledger.prepare(pool, call), call.signal);
    return prepared.then(() => signed(call, next, signing));
  }
  const member = pool.choose(call.context, call);
  const secret = member === undefined || (member.isOnProbation && !pool.isSole) ? undefined : member.cache.ready(call);
  if (member === undefined || secret === undefined)
    return checked(call, signing, new Recovery(call, next, meansOf(call, signing)).from(member));
  const { epoch } = member;
  const credential = member.bind(secret, originsFor(call, pools.options));
  if (credential.kind === 'admin') pools.announcer.adminUsed(call, member);
  return next(call.with({ credential })).then((response) => {
    if (faultOf(response) !== undefined)
      return answered({ call, next, signing, response, sent: { member, secret, epoch, isProbe: false } });
    member.cache.accepted(secret);
    pool.glance(member, response, call.context);
    return response;
  });
}

/** A fault came back: learns from it, and goes on to another credential where this one was rejected. */
function answered(about: {
  readonly call: Call;
  readonly next: Next;
  readonly signing: Signing;
  readonly response: Response;
  readonly sent: Sent;
}): Response | Promise<Response> {
  const { call, next, signing, response, sent } = about;
  const means = meansOf(call, signing);
  if (isRejected(response)) return checked(call, signing, new Recovery(call, next, means).after({ ...sent, response }));
  learn(call, sent, response, means);
  return response;
}

/** Asks once more for the key of a tenant whose key was rejected in the end. */
async function checked(call: Call, { pools }: Signing, answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  const { tenant } = call.hints;
  if (pools.tenants === undefined || tenant === undefined || !isRejected(response)) return response;
  try {
    pools.tenants.recheck(tenant);
  } catch (error) {
    call.context.warn(`holdfast ${call.service}: ${(error as Error).message}`);
  }
  return response;
}

/** What a recovery of `call` needs. */
export const meansOf = (call: Call, { pool, pools: { options, announcer, ledger } }: Signing): Means => ({
  ...{ pool, announcer, ledger },
  rules: options.pool,
  origins: originsFor(call, options),
});

/** Where the credentials of `call` may go: what was said, else where its client points, else the API. */
function originsFor(call: Call, options: ResolvedAuthOptions): readonly string[] {
  if (options.origins !== undefined) return options.origins;
  const { origins } = call.root.binding;
  return origins.length > 0 ? origins : defaults.origins;
}
