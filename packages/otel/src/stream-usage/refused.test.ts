import { faults, type FaultRule } from '@holdfast/testkit';
import type { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { noError, question, recording } from '../../test/bench.ts';
import { treeOf, values } from '../../test/recorder.ts';
import { askingWorld, type AskingWorld } from '../../test/stream-usage-bench.ts';

const recorder = recording();

async function heard({ client }: AskingWorld, model = 'gpt-5'): Promise<string> {
  let text = '';
  for await (const chunk of await client.chat.completions.create({ ...question, model, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

const refusing = { models: { 'gpt-5': { rejects: ['stream_options'] } } };
const asks = (sent: readonly string[]): boolean[] => sent.map((body) => body.includes('include_usage'));
const decisions = ({ journeys }: AskingWorld): string[][] =>
  journeys.map(({ entries }) => entries.flatMap((entry) => (entry.type === 'decision' ? [entry.reason] : [])));

describe('an upstream that refuses to be asked', () => {
  it('is sent the same once more without it, which nobody sees, and is not asked again', async () => {
    await using world = await askingWorld({}, refusing);
    const text = await heard(world);
    expect(text.split(' ')).toHaveLength(6);
    const { call, attempts } = treeOf(recorder.spans);
    noError(call);
    expect(values(attempts, 'http.response.status_code')).toEqual([400, 200]);
    expect(values(attempts, 'http.request.resend_count')).toEqual([undefined, 1]);
    recorder.clear();
    expect(await heard(world)).toBe(text);
    expect(asks(world.sent)).toEqual([true, false, false]);
    expect(world.sent[1]).toBe(world.sent[2]);
    expect(decisions(world)).toEqual([
      [
        `${new URL(world.upstream.url).origin} refused stream_options with 400; ` +
          'the request is sent once more without it',
      ],
      [],
    ]);
    expect(treeOf(recorder.spans).attempts).toHaveLength(1);
  });

  it.each([
    ['FastAPI', 422, { detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra' }] }],
    ['Azure', 400, { error: { message: 'Unrecognized request argument supplied: stream_options', code: null } }],
    ['a strict server', 400, { object: 'error', message: 'unknown field "include_usage"', code: 400 }],
  ])('may say so in words of its own: %s', async (_name, status, body) => {
    const script: FaultRule[] = [{ times: 1, fault: faults.status(status, { body }) }];
    await using world = await askingWorld({}, { script });
    expect(await heard(world)).not.toBe('');
    expect(asks(world.sent)).toEqual([true, false]);
  });

  it('is asked where others refuse: each host is remembered by itself', async () => {
    await using refuser = await askingWorld({}, refusing);
    await using other = await askingWorld();
    await heard(refuser);
    await heard(other);
    expect(asks(other.sent)).toEqual([true]);
  });
});

describe('a refusal that is not about it', () => {
  const failing = async (world: AskingWorld): Promise<APIError> =>
    heard(world).then(
      () => expect.unreachable(),
      (error: unknown) => error as APIError,
    );

  it.each([
    ['another parameter', faults.status(400, { message: 'Unsupported parameter', param: 'temperature' })],
    ['too long a text', faults.status(400, { message: `stream_options ${'x'.repeat(70_000)}` })],
    ['another status', faults.status(409, { message: 'stream_options' })],
  ])('is the caller\u2019s: %s', async (_name, fault) => {
    await using world = await askingWorld({}, { script: [{ times: 1, fault }] });
    expect((await failing(world)).status).toBeGreaterThanOrEqual(400);
    expect(asks(world.sent)).toEqual([true]);
    expect(decisions(world)).toEqual([[]]);
  });

  it('is the caller\u2019s when it comes again, and the host is asked all the same', async () => {
    const echo = faults.status(400, { message: 'The prompt "what is include_usage" is not allowed.' });
    await using world = await askingWorld({}, { script: [{ times: 2, fault: echo }] });
    expect((await failing(world)).message).toContain('is not allowed');
    expect(asks(world.sent)).toEqual([true, false]);
    await heard(world);
    expect(asks(world.sent)).toEqual([true, false, true]);
  });

  it('does not go on for a caller who has gone', async () => {
    const controller = new AbortController();
    await using world = await askingWorld({}, refusing);
    const response = world.post('/chat/completions', { ...question, stream: true }, { signal: controller.signal });
    await expect.poll(() => world.sent.length).toBe(1);
    controller.abort(new Error('mine'));
    await expect(response).rejects.toThrow('mine');
  });
});
