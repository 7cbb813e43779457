// One process of a fleet: asks for a token when told to, and says what it got.
import { envEncryptionKeys } from '../src/store/key-encryption.ts';
import { provider } from '../src/provider/provider.ts';
import { refreshTokens } from '../src/refresh/refresh-tokens.ts';
import { sqliteStore } from '../src/store/sqlite-store.ts';
import type { TokenKey } from '../src/store/token-store.ts';

/** What a process is told when it starts. */
export interface ProcessOrder {
  readonly path: string;
  readonly key: TokenKey;
  /** Whether it is to die between the answer of the provider and the write of it. */
  readonly dies: boolean;
}

/** What a process says. */
export type ProcessReport =
  | { readonly said: 'ready' | 'asking' }
  | { readonly said: 'got'; readonly token: string }
  | { readonly said: 'failed'; readonly code: string; readonly reason: string };

const say = (report: ProcessReport): void => void process.send?.(report);
const heard = <T>(): Promise<T> =>
  new Promise((resolve) => process.once('message', resolve as (value: unknown) => void));

const ordered = heard<ProcessOrder>();
say({ said: 'ready' });
const { path, key, dies } = await ordered;
const at = provider({ issuer: key.issuer, clientId: key.clientId });
const store = sqliteStore({ path, keys: envEncryptionKeys() });
const tokens = refreshTokens({
  store,
  async refresh(record, context) {
    const answer = await at.refresh(record, context);
    if (dies) process.kill(process.pid, 'SIGKILL');
    return answer;
  },
});
say({ said: 'asking' });
try {
  say({ said: 'got', token: (await tokens.tokenFor(key)).reveal() });
} catch (error) {
  const { code = 'unknown', reason = String(error) } = error as { readonly code?: string; readonly reason?: string };
  say({ said: 'failed', code, reason });
}
await store.close();
process.disconnect();
