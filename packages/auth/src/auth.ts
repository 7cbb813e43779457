import { refuse, Secret, systemClock, type Binding, type Call, type Middleware, type Next } from '@holdfast/core';
import { CachedCredential } from './cached-credential.ts';
import { CredentialError } from './credential-error.ts';
import { describePools } from './describe-pools.ts';
import { exhaustedMessage } from './exhausted-message.ts';
import { defaults, resolveOptions, type AuthOptions, type ResolvedAuthOptions } from './options.ts';
import { Pool } from './pool.ts';
import { isRejected, Recovery } from './recovery.ts';

/**
 * Gives each attempt its credential, and heals a 401 within the attempt: a dead key of a pool gives way to
 * the next, a stale token is refreshed once for all calls that were rejected with it.
 *
 * Without `credentials` a call keeps the credential of its client; a client with an `apiKey` function gets
 * a new token from it when the old one is rejected. A call without an `Authorization` header gets none.
 *
 * @throws OptionError when an option breaks its rule; TypeError for a value that can be no key.
 */
export function auth(options: AuthOptions = {}): Middleware {
  const resolved = resolveOptions(options);
  const { ordinary, admin } = resolved;
  const clientPools = clientPoolsWith(resolved);
  return {
    name: 'auth',
    layer: 'auth',
    handle(call, next) {
      if (call.route.disguised) return Promise.resolve(refuseDisguised(call));
      const { apiKey, ownsCredentials } = call.root.binding;
      if (ownsCredentials) return next(call);
      if (call.route.operation === 'admin')
        return admin === undefined ? next(call) : signed(call, next, admin, resolved);
      if (ordinary !== undefined) return signed(call, next, ordinary, resolved);
      return typeof apiKey === 'function' ? healed(call, next, clientPools(apiKey), resolved) : next(call);
    },
    describe: () => describePools(resolved),
    ...(ordinary !== undefined && { apiKey: () => bearerOf(ordinary) }),
  };
}

/** Sends with a credential of `pool`, unless the call is signed in a way of its own. */
function signed(call: Call, next: Next, pool: Pool, options: ResolvedAuthOptions): Promise<Response> {
  const authorization = call.header('authorization');
  // None: removed on purpose, or Azure's `api-key`. A signature of AWS covers the request as it stands.
  if (authorization === null || authorization.startsWith('AWS4-HMAC-SHA256')) return next(call);
  const origins = originsFor(call, options);
  const member = pool.pick();
  const credential = member?.ready(origins);
  if (member === undefined || credential === undefined)
    return new Recovery(call, next, { ...options, pool, origins }).run();
  return next(call.with({ credential })).then((response) => {
    if (!isRejected(response)) return response;
    return new Recovery(call, next, { ...options, pool, origins }).run({ member, secret: credential.secret, response });
  });
}

/** Sends as the client signed it, and asks the client's own function again when its token was rejected. */
async function healed(call: Call, next: Next, pool: Pool, options: ResolvedAuthOptions): Promise<Response> {
  const response = await next(call);
  const token = isRejected(response) && /^Bearer ([\x21-\x7e]+)$/i.exec(call.header('authorization') ?? '')?.[1];
  const [member] = pool.members;
  if (!token || member === undefined) return response;
  const secret = Secret.from(token, member.id);
  const means = { ...options, pool, origins: originsFor(call, options) };
  return new Recovery(call, next, means).run({ member, secret, response });
}

/** Where the credentials of `call` may go: what was said, else where its client points, else the API. */
function originsFor(call: Call, options: ResolvedAuthOptions): readonly string[] {
  if (options.origins !== undefined) return options.origins;
  const { origins } = call.root.binding;
  return origins.length > 0 ? origins : defaults.origins;
}

type ApiKeyFunction = Extract<Binding['apiKey'], (...given: never[]) => unknown>;

/** A pool of one for each client that has a function for its key. */
function clientPoolsWith(options: ResolvedAuthOptions): (give: ApiKeyFunction) => Pool {
  const pools = new WeakMap<ApiKeyFunction, Pool>();
  return (give) => {
    let pool = pools.get(give);
    if (pool === undefined) {
      // Called as the client calls it: whatever it takes an argument for, it is not ours.
      const source = { id: 'client:apiKey', kind: 'token', read: () => give() } as const;
      pool = new Pool([new CachedCredential(source, { isAdmin: false, timeoutMs: options.sourceTimeoutMs })]);
      pools.set(give, pool);
    }
    return pool;
  };
}

/** The bearer that a call would carry now. There is no call here, and so no clock of its pipeline. */
async function bearerOf(pool: Pool): Promise<string> {
  const failures: string[] = [];
  const tried = new Set<CachedCredential>();
  for (let member = pool.pick(); member !== undefined; member = pool.pick(tried)) {
    tried.add(member);
    try {
      return (await member.obtain({ clock: systemClock })).reveal();
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      failures.push(error.message);
    }
  }
  throw new CredentialError(exhaustedMessage(pool, failures));
}

function refuseDisguised(call: Call): Response {
  return refuse(call, {
    layer: 'auth',
    code: 'origin_not_bound',
    message:
      `The path of this ${call.method} hides an admin operation behind escapes or doubled slashes, so no credential ` +
      'is bound to it and nothing was sent. Write the path plainly.',
  });
}
