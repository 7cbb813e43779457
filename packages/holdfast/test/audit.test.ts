import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { faults, startUpstream } from '@holdfast/testkit';
import { auth, verifyAudit } from 'holdfast';
import { describe, expect, it } from 'vitest';
import { paths } from './audit-paths.ts';
import { bench, key, params, parsed } from './audited.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('a call that', () => {
  it.each(paths)('%s has exactly one line', async (_name, { script = [], layers = [], keys }, act, line) => {
    await using upstream = await startUpstream({ script, keys });
    const one = bench(upstream, layers);
    await act(one).catch(() => undefined);
    await one.layer.close();
    const calls = parsed(one.kept).filter(({ type }) => type === 'call');
    expect(calls).toHaveLength(one.made());
    expect(new Set(calls.map((call) => 'callId' in call && call.callId)).size).toBe(one.made());
    expect(calls.at(-1)).toMatchObject({ service: 'shop', operation: 'chat', ...line });
    expect(await verifyAudit(one.kept)).toMatchObject({ ok: true, dropped: 0 });
    for (const word of ['canary', 'Whisper']) expect(one.kept.join('\n')).not.toContain(word);
  });

  it('nobody ever reads has one when it is collected', async () => {
    await using upstream = await startUpstream();
    const { client, layer, kept } = bench(upstream);
    await (async () => void (await client.chat.completions.create(params).asResponse()))();
    for (let round = 0; round < 200 && kept.length === 0; round++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
      await layer.flush();
    }
    expect(parsed(kept)).toMatchObject([{ type: 'call', ending: 'abandoned', status: 200 }]);
  });

  it('a redirect would lead elsewhere has one, and one about security', async () => {
    await using upstream = await startUpstream({ script: [{ fault: faults.redirect('https://evil.example/x') }] });
    const { ask, layer, kept } = bench(upstream);
    await expect(ask()).rejects.toThrow();
    await layer.flush();
    expect(parsed(kept)).toMatchObject([
      { type: 'call', refusal: 'redirect_refused' },
      { type: 'security', event: 'guard.redirect_refused' },
    ]);
  });
});

describe('the log of a service', () => {
  it('holds no word and no key of any path, and is one chain', async () => {
    await using upstream = await startUpstream({ keys: [key], words: 5 });
    const pool = ['sk-canary-pool-aaaaaaaa', key, 'sk-canary-pool-bbbbbbbb'];
    const { ask, stream, layer, kept } = bench(upstream, [auth({ credentials: pool, admin: 'sk-canary-admin-key' })]);
    let said = '';
    for (let round = 0; round < 6; round++) {
      await ask().catch(() => undefined);
      for await (const { choices } of await stream()) said += choices[0]?.delta.content ?? '';
    }
    await layer.close();
    const text = kept.join('\n');
    expect(said.length).toBeGreaterThan(20);
    for (const word of ['canary', 'Whisper', said.slice(0, 15)]) expect(text).not.toContain(word);
    expect(parsed(kept).some(({ type }) => type === 'security')).toBe(true);
    expect(parsed(kept).filter(({ type }) => type === 'call')).toHaveLength(12);
    expect(await verifyAudit(kept, { anchor: layer.status().end })).toMatchObject({ ok: true });
  });
});
