import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { envEncryptionKeys } from '../src/store/key-encryption.ts';
import { provider } from '../src/provider/provider.ts';
import { refreshTokens } from '../src/refresh/refresh-tokens.ts';
import { sqliteStore } from '../src/store/sqlite-store.ts';
import type { TokenKey } from '../src/store/token-store.ts';
import { keyOf, leaks } from './records.ts';
import type { ProcessOrder, ProcessReport } from './refresh-process.ts';
import { RotatingProvider } from './rotating-provider.ts';
import { sqlitePlace } from './sqlite-place.ts';

const HOLDFAST_TOKEN_KEYS = randomBytes(32).toString('base64');
const keys = envEncryptionKeys({ env: { HOLDFAST_TOKEN_KEYS } });
const script = new URL('refresh-process.ts', import.meta.url).pathname;

function start(): ChildProcess {
  const env = { ...process.env, HOLDFAST_TOKEN_KEYS, NODE_OPTIONS: '' };
  return fork(script, [], {
    env,
    execArgv: ['--conditions=@holdfast/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** What a process says next. */
const report = async (child: ChildProcess): Promise<ProcessReport> =>
  ((await once(child, 'message')) as [ProcessReport])[0];

/** Keeps a token of which a minute ago nothing was left. */
async function signIn(path: string, key: TokenKey, far: RotatingProvider): Promise<void> {
  const store = sqliteStore({ path, keys });
  const record = {
    ...far.issue(),
    expiresAtMs: Date.now() - 60_000,
    scope: undefined,
    state: 'active' as const,
    generation: 1,
  };
  await store.put(key, record, undefined);
  await store.close();
}

describe('five processes on one file', () => {
  it('refresh one rotating token at once by exactly one grant, and all of them get the new token', async () => {
    await using far = await RotatingProvider.start();
    using place = sqlitePlace();
    const { path } = place;
    const key = keyOf({ issuer: far.issuer });
    await signIn(path, key, far);
    const children = Array.from({ length: 5 }, start);
    await Promise.all(children.map(report));
    let open!: () => void;
    // No answer before all of them have asked.
    far.gate = new Promise((resolve) => (open = resolve));
    const asking = children.map(report);
    const exits = children.map((child) => once(child, 'exit'));
    for (const child of children) child.send({ path, key, dies: false } satisfies ProcessOrder);
    await Promise.all(asking);
    const reports = children.map(report);
    open();
    const token = { said: 'got', token: expect.any(String) as string };
    const given = await Promise.all(reports);
    expect(given).toEqual([token, token, token, token, token]);
    expect(new Set(given.map((said) => 'token' in said && said.token))).toEqual(new Set([far.lastAccess]));
    expect([far.grants, far.requests, far.replays]).toEqual([1, 1, 0]);
    expect(await Promise.all(exits)).toEqual(Array.from({ length: 5 }, () => [0, null]));
    const bytes = readFileSync(path).toString('latin1');
    expect(leaks(bytes, far.lastAccess)).toBe(false);
  });
});

describe('a process that is killed between the answer of the provider and the write of it', () => {
  it('leaves a user who has to sign in: its refresh token is not sent again', async () => {
    await using far = await RotatingProvider.start();
    using place = sqlitePlace();
    const { path } = place;
    const key = keyOf({ issuer: far.issuer });
    await signIn(path, key, far);
    const child = start();
    await report(child);
    const exit = once(child, 'exit');
    child.send({ path, key, dies: true } satisfies ProcessOrder);
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(far.grants).toBe(1);

    // Its clock runs from timer to timer, so nobody waits for the lock of the dead.
    const clock = new ManualClock(Date.now());
    const at = provider({ issuer: far.issuer, clientId: key.clientId, clock });
    const store = sqliteStore({ path, keys, clock });
    const tokens = refreshTokens({ store, clock, refresh: (record, context) => at.refresh(record, context) });
    expect((await store.get(key))?.state).toBe('refreshing');
    const failure = tokens.tokenFor(key).catch((error: unknown) => error);
    expect(await clock.runUntil(failure)).toMatchObject({ code: 'reauth_required', reason: 'interrupted' });
    expect(clock.monotonic()).toBeGreaterThan(40_000);
    expect(await store.get(key)).toMatchObject({ state: 'reauth_required', refreshToken: undefined });
    expect([far.grants, far.requests, far.replays]).toEqual([1, 1, 0]);
    await store.close();
  });
});
