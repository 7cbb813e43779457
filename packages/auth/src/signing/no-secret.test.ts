import { format, inspect } from 'node:util';
import { journeyOf, pipeline, refusalOf, Secret } from '@holdfast/core';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chatUrl, gate, leave, origin } from '../../test/signed-request.ts';
import { sign, verifier, type SigningKey, type VerificationKey } from '../index.ts';

const everything = (value: unknown): string =>
  [inspect(value, { depth: 20, showHidden: true, getters: true }), format('%s %j %o', value, value, value)].join('\n');

const caught = async (run: () => unknown): Promise<string> => {
  try {
    return everything(await run());
  } catch (error) {
    return everything(error);
  }
};

it('law: no secret in any sink, whatever fails', async () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 48 });
  const law = fc.asyncProperty(bytes, async (given) => {
    const secret = Buffer.from(given).toString('base64');
    const key: SigningKey = { keyId: 'shared-1', alg: 'hmac-sha256', secret: Secret.from(secret, 'env:GATEWAY') };
    const throwing = (): never => {
      throw Object.assign(new Error(`GET /keys?secret=${secret}`), { secret, name: secret });
    };
    const { fetch, describe: described } = pipeline({ fetch: cannedFetch(() => jsonAnswer()) })
      .use(sign({ key: throwing, origins: [origin] }))
      .build();
    const refused = await fetch(chatUrl, { method: 'POST', body: '{}' });
    const request = await leave({ key });
    const check: VerificationKey = { alg: 'hmac-sha256', secret };
    const sinks = [
      everything(sign({ key, origins: [origin] })),
      everything(verifier({ keys: () => check, origins: [origin], nonceStore: { use: async () => true } })),
      described(),
      everything(refusalOf(refused)) + everything(journeyOf(refused)) + (await refused.text()),
      everything(request.headers),
      await caught(() => gate({ keys: throwing }).verify(request)),
      await caught(() => gate({ keys: () => ({ ...check, alg: secret as never }) }).verify(request)),
      await caught(() => gate({ keys: () => ({ alg: 'ed25519', publicKey: secret }) }).verify(request)),
      await caught(() => gate({ keys: () => check, nonceStore: { use: throwing } }).verify(request)),
      await caught(() => gate({ keys: () => check }).verify({ ...request, body: throwing })),
      await caught(() => sign({ key: secret as never, origins: [origin] })),
      await caught(() =>
        sign({ key: { ...key, alg: 'ed25519', privateKey: secret } as SigningKey, origins: [origin] }),
      ),
      await caught(() => sign({ key: { ...key, secret: `${secret.slice(0, 30)}!` }, origins: [origin] })),
      await caught(() => sign({ key, origins: [secret] })),
      await caught(() => sign({ key, origins: [origin], fields: [`${secret}=`, '@'] })),
    ];
    const text = sinks.join('\n');
    for (let at = 0; at + 8 <= secret.length; at += 4) expect(text).not.toContain(secret.slice(at, at + 8));
  });
  await fc.assert(law, { numRuns: 60 });
});
