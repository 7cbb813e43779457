import { format, inspect } from 'node:util';
import { journeyOf, refusalOf } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyUpstream, service } from '../test/key-upstream.ts';
import { auth, envKeys, type AuthOptions } from './index.ts';

/** What looks like a key and can be found again wherever it leaks. */
const secret = fc.stringMatching(/^[A-Za-z0-9_-]{24,48}$/).map((text) => `sk-${text}`);

const everything = (value: unknown): string =>
  [inspect(value, { depth: 20, showHidden: true, getters: true }), format('%s %j %o', value, value, value)].join('\n');

describe('law: no secret in any sink', () => {
  it('whatever fails: revoked keys, sources that throw what they know, tokens that are rejected', async () => {
    const scene = fc.record({ keys: fc.uniqueArray(secret, { minLength: 4, maxLength: 4 }), dead: fc.nat(15) });
    const law = fc.asyncProperty(scene, async ({ keys, dead }) => {
      const [first, second, token, admin] = keys as [string, string, string, string];
      const upstream = keyUpstream(...keys.filter((_, index) => (dead & (1 << index)) !== 0));
      const sinks: string[] = [];
      const throwing = ({ rejected }: { rejected: boolean }): string => {
        if (rejected) throw Object.assign(new Error(`POST /token with ${token} failed`), { token });
        return token;
      };
      const options: AuthOptions = {
        credentials: [first, throwing, second],
        admin,
        onQuarantine(event) {
          sinks.push(everything(event));
          throw new Error('listener');
        },
        onRefresh: (event) => void sinks.push(everything(event)),
        onStateChange: (event) => void sinks.push(everything(event)),
        onAdminUse: (event) => void sinks.push(everything(event)),
        store: { load: () => undefined, save: (state) => void sinks.push(everything(state)) },
      };
      const layer = auth(options);
      const { call, resilient, warnings, layer: own } = service(upstream.fetch, options);
      for (let index = 0; index < 4; index++) {
        const response = await call({}, index === 3 ? 'https://api.openai.com/v1/organization/users' : undefined);
        sinks.push(
          everything(journeyOf(response)),
          JSON.stringify(journeyOf(response)),
          everything(refusalOf(response)),
        );
        // Upstream's own answer is the caller's; what we made ourselves holds no secret.
        if (refusalOf(response) !== undefined) sinks.push(await response.text());
      }
      const refused = await call({}, 'https://elsewhere.example/v1/chat/completions');
      sinks.push(await refused.text(), resilient.describe(), everything(resilient), everything(layer), ...warnings);
      await resilient.apiKey().catch((error: unknown) => sinks.push(everything(error)));
      sinks.push(everything(own), everything(own.status()));
      await own.close();
      const text = sinks.join('\n');
      for (const key of keys) expect(text).not.toContain(key.slice(3));
    });
    await fc.assert(law, { numRuns: 100 });
  });

  it.each<[string, (key: string) => unknown]>([
    ['a key in place of an option', (key) => auth({ credentials: { id: key } as never })],
    ['a key as an origin', (key) => auth({ origins: [key] })],
    ['a key as a time', (key) => auth({ sourceTimeoutMs: key as never })],
    ['a key as the name of a variable', (key) => envKeys({ names: [key], env: {} })],
    ['a key with a blank in it', (key) => auth({ credentials: `${key} ${key}` })],
    ['a key with a blank in it, in the environment', (key) => envKeys({ env: { OPENAI_API_KEY: `${key} ${key}` } })],
  ])('not in the error for %s', (_name, build) => {
    const key = 'sk-proj-0123456789abcdefghijklmnop';
    let error: unknown;
    try {
      build(key);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect(everything(error)).not.toContain('0123456789abcdefghijklmnop');
  });
});
