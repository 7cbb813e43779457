import { errorAnswer, jsonAnswer, cannedFetch } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { init, memorySink, service, url } from '../test/log.ts';
import { plainName, scrubbed } from './plain.ts';

describe('what an upstream puts where a name belongs', () => {
  it.each([
    'gpt-5',
    'ft:gpt-4o-mini:acme::Ab12',
    'chatcmpl-CXz9y8W7v6U5t4S3r2Q1p0O9n8M7l',
    'resp_68ae01c2d4f8819b',
    'insufficient_quota',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/x',
    'req_1b2c3d4e5f60718293a4b5c6d7e8f901',
  ])('%s stays', (name) => {
    expect(plainName(name)).toBe(name);
  });

  it.each(['sk-proj-abcdefgh', 'Bearer abcdefgh', 'Tell me a secret', 'x'.repeat(129), 'eyJhbGciOi.J9', '', 'a\nb'])(
    '%j is told by its length',
    (name) => {
      expect(plainName(name)).toBe(`(${name.length} characters)`);
    },
  );

  it('is taken out of sentences where it is a key', () => {
    expect(scrubbed('rejected (Bearer sk-abcd1234), then task-1234 sk-abcd1234.')).toBe(
      'rejected ([scrubbed]), then task-1234 [scrubbed]',
    );
  });

  it('is in no line, whatever is echoed: keys and words in ids, models, codes and headers', async () => {
    const sink = memorySink();
    const evil = 'Bearer sk-canary-12345678 and the secret plan';
    const headers = { 'x-request-id': evil };
    const { resilient, layer } = service(
      cannedFetch(
        () => errorAnswer(400, { code: evil, type: evil, message: evil }, headers),
        () => jsonAnswer({ id: evil, model: evil, choices: [] }, { headers }),
        () => new Response(null, { status: 302, headers: { location: 'https://sk-canary-12345678.example/' } }),
      ),
      { sink },
    );
    for (let index = 0; index < 3; index++) await (await resilient.fetch(url, init)).text();
    await layer.flush();
    expect(sink.kept.length).toBe(4);
    for (const word of ['canary', 'secret plan']) expect(sink.kept.join('\n')).not.toContain(word);
  });
});
