import { execFile } from 'node:child_process';
import { inspect, promisify } from 'node:util';
import { pipeline } from '@holdfast/core';
import { faults, startUpstream, type UpstreamOptions } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { everything, heard, twice } from '../test/subscribers.ts';
import { diagnostics, type DiagnosticFact } from './index.ts';

const apiKey = 'sk-proj-c4n4ryQwErTyUiOpAsDfGh12';
const prompt = 'the secret plan of the user';
const messages = [{ role: 'user' as const, content: prompt }];

async function service(options: UpstreamOptions = {}, facts: unknown[] = []) {
  const upstream = await startUpstream(options);
  const resilient = pipeline({ service: 'shop' }).use(diagnostics({ listener: (fact) => facts.push(fact) }));
  const client = resilient.build().wrap(new OpenAI({ apiKey, baseURL: upstream.baseURL }));
  return { upstream, resilient, client };
}

/** As people and loggers print them: with everything that objects hide, and as JSON. */
const printed = (facts: readonly unknown[]): string =>
  inspect(facts, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(facts);

function expectNone(text: string, secret: string): void {
  for (let at = 0; at + 8 <= secret.length; at++) expect(text).not.toContain(secret.slice(at, at + 8));
}

const ends = (facts: readonly DiagnosticFact[]): DiagnosticFact[] => facts.filter(({ type }) => type === 'call:end');

describe('with the real client over HTTP', () => {
  it('tells of plain answers, streams, and embeddings, with their tokens', async () => {
    const facts = heard(...everything);
    const { client, upstream } = await service();
    await using _ = upstream;
    await client.chat.completions.create({ model: 'gpt-5', messages });
    const stream = await client.chat.completions.create({
      ...{ model: 'gpt-5', messages, stream: true },
      stream_options: { include_usage: true },
    });
    for await (const _chunk of stream);
    await client.responses.create({ model: 'gpt-5', input: prompt });
    await client.embeddings.create({ model: 'text-embedding-3-small', input: prompt });
    const tokens = { inputTokens: expect.any(Number) as number, outputTokens: expect.any(Number) as number };
    const about = { service: 'shop', origin: upstream.url, ending: 'complete', status: 200, attempts: 1 };
    expect(ends(facts)).toMatchObject([
      { ...about, operation: 'chat', model: 'gpt-5', isStream: false, usage: tokens, finishReasons: ['stop'] },
      { ...about, operation: 'chat', model: 'gpt-5', isStream: true, usage: tokens, finishReasons: ['stop'] },
      { ...about, operation: 'responses', model: 'gpt-5', isStream: false, usage: tokens },
      { ...about, operation: 'embeddings', model: 'text-embedding-3-small', isStream: false },
    ]);
  });

  it('ends a call that its reader breaks off, and one whose stream is cut', async () => {
    const facts = heard('holdfast:call:end', 'holdfast:attempt:settled');
    const cut = { times: 1, fault: faults.cutStream({ afterEvents: 2 }) };
    const { client, upstream } = await service({
      script: [cut, { fault: faults.hang({ at: 'body', afterEvents: 2 }) }],
    });
    await using _ = upstream;
    const ask = () => client.chat.completions.create({ model: 'gpt-5', messages, stream: true });
    await expect(
      (async () => {
        for await (const _chunk of await ask());
      })(),
    ).rejects.toThrow();
    for await (const _chunk of await ask()) break;
    expect(facts.map(({ type }) => type)).toEqual(['attempt:settled', 'call:end', 'attempt:settled', 'call:end']);
    expect(ends(facts)).toMatchObject([
      { ending: 'failed', fault: { kind: 'stream_interrupted' }, status: 200 },
      { ending: 'cancelled', status: 200 },
    ]);
  });

  it('tells nothing of what is said, asked or signed, even where the upstream repeats it', async () => {
    const facts = heard(...everything);
    const told: unknown[] = [];
    const echo = { code: 'invalid_api_key', message: `Incorrect API key provided: ${apiKey}. You said: ${prompt}` };
    const { client, upstream } = await service({ script: [{ times: 1, fault: faults.status(401, echo) }] }, told);
    await using _ = upstream;
    await expect(client.chat.completions.create({ model: 'gpt-5', messages })).rejects.toThrow('Incorrect API key');
    let words = '';
    for await (const { choices } of await client.chat.completions.create({ model: 'gpt-5', messages, stream: true }))
      words += choices[0]?.delta.content ?? '';
    expect(words.length).toBeGreaterThan(8);
    expect(ends(facts)).toMatchObject([{ fault: { kind: 'invalid_credential' } }, { ending: 'complete' }]);
    for (const text of [printed(facts), printed(told)]) {
      for (const secret of [apiKey, prompt, words]) expectNone(text, secret);
      expect(text.toLowerCase()).not.toMatch(/authorization|"headers"|"body"/);
    }
  });

  it('numbers the requests of a call that was sent twice', async () => {
    const facts = heard('holdfast:attempt:end');
    await using upstream = await startUpstream({ script: [{ times: 1, fault: faults.overloaded() }] });
    const resilient = pipeline().use(diagnostics()).use(twice).build();
    const client = resilient.wrap(new OpenAI({ apiKey, baseURL: upstream.baseURL }));
    await client.chat.completions.create({ model: 'gpt-5', messages });
    expect(facts).toMatchObject([
      { attempt: { number: 1, status: 503, fault: { kind: 'overloaded' } } },
      { attempt: { number: 2, status: 200, requestId: expect.any(String) as string, fault: undefined } },
    ]);
  });
});

describe('a subscriber that throws', () => {
  const app = new URL('../test/throwing-subscriber.ts', import.meta.url).pathname;
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--conditions=@holdfast/source', '--no-warnings', app, ...args]);

  it('reaches the handler of the process, and breaks neither the call nor the other subscribers', async () => {
    const { stdout } = await run('--handled');
    expect(stdout.split('\n').toSorted()).toEqual(['', 'answered 200', 'told all the same', 'uncaught: mine']);
  });

  it('ends a process that has no handler, as an uncaught exception does', async () => {
    await expect(run()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Error: mine') as string });
  });
});
