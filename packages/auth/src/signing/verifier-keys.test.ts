import { generateKeyPairSync } from 'node:crypto';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { gate, leave, origin, privatePem, publicJwk, sharedSecret, verdict } from '../../test/signed-request.ts';
import { memoryNonces, type VerificationKey, type VerifierOptions } from '../index.ts';

const left = await leave();

describe('keys', () => {
  const key: VerificationKey = { alg: 'hmac-sha256', secret: sharedSecret };

  it.each<[string, VerifierOptions['keys'], string]>([
    ['cannot be looked up', () => Promise.reject(new Error(`no vault for ${sharedSecret}`)), 'key_lookup_failed'],
    ['are nothing that checks', () => ({ alg: 'hmac-sha256', secret: 'short' }), 'key_lookup_failed'],
    ['are the private half', () => ({ alg: 'ed25519', publicKey: privatePem }), 'key_lookup_failed'],
    [
      'are the private half as a JWK',
      () => ({ alg: 'ed25519', publicKey: { ...publicJwk, d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU' } }),
      'key_lookup_failed',
    ],
    ['are no key', () => 'key' as never, 'key_lookup_failed'],
    ['are not there', () => null as never, 'key_unknown'],
    ['are revoked in words', () => ({ ...key, revoked: 'yes' as never }), 'key_revoked'],
    ['are of another service', () => ({ ...key, secret: Buffer.alloc(32, 1) }), 'signature_invalid'],
    [
      'are of the other kind',
      () => ({ alg: 'ed25519', publicKey: generateKeyPairSync('ed25519').publicKey }),
      'algorithm_mismatch',
    ],
  ])('that %s', async (_name, keys, code) => {
    expect(await verdict(gate({ keys }), left)).toBe(code);
  });

  it('that are revoked while the process runs hold no longer', async () => {
    const changing = { ...key, revoked: false };
    const by = gate({ keys: () => changing });
    expect(await verdict(by, await leave())).toBe('accepted');
    changing.revoked = true;
    expect(await verdict(by, await leave())).toBe('key_revoked');
  });

  it('that take too long are a 503, and the lookup hears of it', async () => {
    let heard: AbortSignal | undefined;
    const by = gate({ keys: (_id, { signal }) => new Promise(() => (heard = signal)) });
    const refused = expect(by.verify(left)).rejects.toMatchObject({ code: 'key_lookup_failed', status: 503 });
    await by.clock.advance(5000);
    await refused;
    expect(heard?.aborted).toBe(true);
    expect(by.clock.pendingTimers).toBe(0);
  });
});

describe('options', () => {
  const good = { keys: () => undefined, origins: [origin], nonceStore: memoryNonces() };
  it.each<[object, string]>([
    [{ ...good, keys: undefined }, 'verifier.keys: expected a function'],
    [{ ...good, origins: [] }, 'verifier.origins: expected a list of at least one origin'],
    [{ ...good, origins: [`${origin}/v1`] }, 'verifier.origins[0]: expected an origin'],
    [{ ...good, nonceStore: undefined }, 'verifier.nonceStore: expected a store such as memoryNonces()'],
    [{ ...good, fields: ['@method'] }, 'verifier.fields: expected a list of names of fields'],
    [{ ...good, label: 'Sig1' }, 'verifier.label'],
    [{ ...good, maxAgeMs: 10 }, 'verifier.maxAgeMs'],
    [{ ...good, requiredFields: [] }, 'verifier.requiredFields'],
  ])('%j', (options, message) => {
    expect(() => gate({ clock: new ManualClock(), ...(options as VerifierOptions) })).toThrow(message);
  });
});
