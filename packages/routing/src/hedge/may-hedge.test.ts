import { describe, expect, it } from 'vitest';
import { callOf } from '../../test/members.ts';
import { chatBody, raceBench } from '../../test/race-bench.ts';
import { mayHedge } from './may-hedge.ts';
import { resolveHedgeOptions } from './options.ts';

const options = resolveHedgeOptions({});
const stateless = { model: 'gpt-5', store: false };

describe('a call that may be sent twice', () => {
  it.each<[string, object]>([
    ['/chat/completions', { model: 'gpt-5' }],
    ['/chat/completions', { model: 'gpt-5', tools: [{ type: 'function' }], store: false }],
    ['/responses', stateless],
    ['/responses', { ...stateless, background: false, previous_response_id: null, tools: [{ type: 'function' }] }],
    ['/responses', { ...stateless, input: [{ type: 'reasoning', encrypted_content: 'sealed' }] }],
    ['/embeddings', { model: 'text-embedding-3-small' }],
    ['/completions', { model: 'gpt-3.5-turbo-instruct' }],
    ['/moderations', { input: 'x' }],
  ])('creates nothing: %s %j', async (path, body) => {
    expect(mayHedge(await callOf(body, { path }), options)).toBe(true);
  });

  it.each<[string, object]>([
    ['/chat/completions', { model: 'gpt-5', store: true }],
    ['/responses', { model: 'gpt-5' }],
    ['/responses', { model: 'gpt-5', store: true }],
    ['/responses', { ...stateless, background: true }],
    ['/responses', { ...stateless, previous_response_id: 'resp_1' }],
    ['/responses', { ...stateless, conversation: 'conv_1' }],
    ['/responses', { ...stateless, prompt: { id: 'pmpt_1' } }],
    ['/responses', { ...stateless, tools: [{ type: 'function' }, { type: 'mcp', server_url: 'https://x.test' }] }],
    ['/responses', { ...stateless, tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }],
    ['/images/generations', { model: 'gpt-image-1' }],
    ['/audio/speech', { model: 'tts-1' }],
    ['/files', {}],
    ['/batches', {}],
    ['/fine_tuning/jobs', {}],
    ['/organization/invites', {}],
  ])('is none that creates or costs more: %s %j', async (path, body) => {
    expect(mayHedge(await callOf(body, { path }), options)).toBe(false);
  });

  it('is no second request, no probe, none that was aborted and none that reads', async () => {
    const call = await callOf({ model: 'gpt-5' });
    expect(mayHedge(call.with({ isHedge: true }), options)).toBe(false);
    expect(mayHedge(call.with({ forced: true }), options)).toBe(false);
    expect(mayHedge(call.with({ signal: AbortSignal.abort() }), options)).toBe(false);
    expect(mayHedge(await callOf({}, { method: 'GET', path: '/models' }), options)).toBe(false);
  });

  it('can be narrowed and widened by operation, though a voice is never made twice', async () => {
    const widened = resolveHedgeOptions({ operations: ['audio'] });
    expect(mayHedge(await callOf({ model: 'tts-1' }, { path: '/audio/speech' }), widened)).toBe(true);
    expect(mayHedge(await callOf({}, { path: '/audio/voices' }), widened)).toBe(false);
    expect(mayHedge(await callOf({ model: 'gpt-5' }), widened)).toBe(false);
  });

  it('is left to `when`, which may throw', async () => {
    const { clock, call, plan, sent, warm, warnings, layer } = raceBench({
      when: ({ hints }) => {
        if (hints.tenant === 'odd') throw new Error('no such tenant');
        return hints.priority !== 'low';
      },
    });
    await warm();
    plan({ afterMs: 1000 }, { afterMs: 1000 });
    await clock.runUntil(call({ holdfast: { priority: 'low' } }));
    await clock.runUntil(call({ holdfast: { tenant: 'odd' } }));
    expect([sent.length, layer.stats().calls]).toEqual([2, 20]);
    expect(warnings).toEqual(['holdfast default: hedge.when threw']);
  });

  it('has a body that can be sent twice', async () => {
    const { clock, call, plan, sent, warm } = raceBench();
    await warm();
    plan({ afterMs: 1000 });
    const body = new ReadableStream({ start: (source) => (source.enqueue(chatBody), source.close()) });
    await clock.runUntil(call({ body, duplex: 'half' } as RequestInit));
    expect(sent).toHaveLength(1);
  });
});
