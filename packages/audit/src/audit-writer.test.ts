import { PassThrough } from 'node:stream';
import { announce, OptionError, pipeline, type Middleware } from '@holdfast/core';
import { cannedFetch, chatChunks, jsonAnswer, streamAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { init, memorySink, service, url } from '../test/log.ts';
import { audit, callbackSink, fileSink, stdoutSink, verifyAudit, type AuditSink } from './index.ts';

const good = cannedFetch(() => jsonAnswer());
const announcing = (name: string, about: object): Middleware => ({
  name: 'announcing',
  layer: 'auth',
  handle(call, next) {
    announce(call.context, name, undefined, { callId: call.id, service: call.service, ...about });
    return next(call);
  },
});

describe('a line that cannot be made', () => {
  it('is counted, and takes no other with it', async () => {
    const sink = memorySink();
    const { resilient, layer, warnings } = service(good, { sink }, [announcing('auth.onAdminUse', { odd: 1n })]);
    for (let index = 0; index < 3; index++) await (await resilient.fetch(url, init)).text();
    await layer.flush();
    expect(sink.lines.filter(({ type }) => type === 'call')).toHaveLength(3);
    expect(await verifyAudit(sink.kept)).toMatchObject({ ok: true, dropped: 3 });
    expect(new Set(warnings)).toEqual(new Set(['holdfast shop: a line of the audit log could not be made']));
  });
});

describe('closing', () => {
  it('writes what waits for another try', async () => {
    const sink = memorySink();
    const { resilient, layer, clock, warnings } = service(good, { sink });
    sink.state.fails = true;
    await (await resilient.fetch(url, init)).text();
    await layer.flush();
    sink.state.fails = false;
    await layer.close();
    expect([sink.kept.length, clock.pendingTimers, warnings.length]).toEqual([1, 0, 1]);
  });

  it('says how much could not be written, and leaves no timer', async () => {
    const sink = memorySink();
    const { resilient, layer, clock, warnings } = service(good, { sink });
    sink.state.fails = true;
    for (let index = 0; index < 2; index++) await (await resilient.fetch(url, init)).text();
    await layer.close();
    expect(warnings.at(-1)).toBe('holdfast shop: 2 lines of the audit log were not written');
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not lose the line of a stream that ends later', async () => {
    const sink = memorySink();
    const upstream = cannedFetch(() => streamAnswer(chatChunks(['one', 'two'])));
    const { resilient, layer } = service(upstream, { sink });
    const response = await resilient.fetch(url, { ...init, body: '{"model":"gpt-5","stream":true}' });
    await layer.close();
    await response.text();
    await layer.flush();
    expect(sink.lines).toMatchObject([{ type: 'call', ending: 'complete' }]);
  });
});

describe('a log that fails closed', () => {
  it('does not hold a call that its caller gives up while the sink opens, and has its line', async () => {
    const kept: string[] = [];
    let opened = (_found: undefined): void => undefined;
    const slow: AuditSink = {
      name: 'slow',
      open: () => new Promise((resolve) => (opened = resolve)),
      write: async (lines) => void kept.push(...lines),
    };
    const { resilient, layer } = service(good, { sink: slow, fail: 'closed' });
    const controller = new AbortController();
    const pending = resilient.fetch(url, { ...init, signal: controller.signal });
    const mine = new Error('mine');
    setImmediate(() => controller.abort(mine));
    await expect(pending).rejects.toBe(mine);
    opened(undefined);
    await layer.flush();
    expect(kept).toHaveLength(1);
    expect(kept[0]).toContain('"ending":"cancelled"');
  });

  it.each([
    new Error('POST https://logs.example/?token=canary-token failed'),
    Object.assign(new Error('x'), { code: 'canary-token' }),
    'canary-token',
  ])('tells the caller nothing of what others threw, but tells `warn` all (%#)', async (thrown) => {
    const causes: unknown[] = [];
    const lines: string[] = [];
    let fails = true;
    const layer = audit({
      fail: 'closed',
      retryMs: 1,
      sink: callbackSink((some) => {
        if (fails) throw thrown;
        lines.push(...some);
      }),
    });
    const warn = (_text: string, cause?: unknown): void => void causes.push(cause);
    const { fetch } = pipeline({ service: 'shop', fetch: good, warn }).use(layer).build();
    await (await fetch(url, init)).text();
    await layer.flush();
    const refused = await (await fetch(url, init)).text();
    fails = false;
    await layer.close();
    expect(refused).toContain('refused for that: the sink failed (a callback)');
    expect([refused, ...lines].join('\n')).not.toContain('canary');
    expect(causes[0]).toBe(thrown);
  });

  it('has room for events about security that calls cannot take', async () => {
    const kept: string[] = [];
    let go = (): void => undefined;
    const slowly = new Promise<void>((resolve) => (go = resolve));
    const sink = callbackSink(async (lines) => {
      await slowly;
      kept.push(...lines);
    });
    const noisy = announcing('auth.onAdminUse', { credential: 'admin#1' });
    const { resilient, layer } = service(good, { sink, fail: { security: 'closed' }, maxQueue: 3 }, [noisy]);
    const texts = await Promise.all([1, 2, 3].map(async () => (await resilient.fetch(url, init)).text()));
    go();
    await layer.flush();
    expect(texts.filter((text) => text.includes('audit_unavailable'))).toHaveLength(1);
    expect(kept.filter((line) => line.includes('"type":"security"'))).toHaveLength(2);
    expect(kept.filter((line) => line.includes('"ending":"complete"'))).toHaveLength(2);
  });
});

describe('standard output', () => {
  it('whose reader has gone away fails the writes and not the process', async () => {
    const stream = new PassThrough();
    const { resilient, layer } = service(good, { sink: stdoutSink(stream) });
    await (await resilient.fetch(url, init)).text();
    await layer.flush();
    expect(String(stream.read()).endsWith('"}\n')).toBe(true);
    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await (await resilient.fetch(url, init)).text();
    await layer.flush();
    expect(layer.status()).toMatchObject({ waiting: 1, failure: expect.stringMatching(/EPIPE|DESTROYED/) as string });
    await layer.close();
  });
});

describe('a misspelt option', () => {
  it('is refused, as it might leave open what was to be closed', () => {
    const sink = callbackSink(() => undefined);
    expect(() => audit({ sink, failed: 'closed' } as never)).toThrow(OptionError);
    expect(() => fileSink({ path: 'x', fsync: 'always' } as never)).toThrow(OptionError);
  });
});
