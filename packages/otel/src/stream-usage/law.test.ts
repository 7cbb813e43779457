import { trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onSettled, pipeline, type Outcome } from '@holdfast/core';
import { question, recording } from '../../test/bench.ts';
import { scriptedServer } from '../../test/stream-usage-bench.ts';
import { telemetry, type TelemetryOptions } from '../index.ts';

recording();

/** A stream as a server would send it, with and without usage in it. */
interface Script {
  readonly words: readonly string[];
  readonly br: string;
  readonly blanks: boolean;
  readonly usageAt: 'first' | 'last' | 'middle';
  /** The usage comes with the last choices instead of in a chunk of its own. */
  readonly isJoined: boolean;
  readonly padding: boolean;
  readonly azure: boolean;
  readonly comments: boolean;
  readonly cuts: readonly number[];
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('"usage":null', ',"usage":null}', '{"usage":{}}', '\\', '"}],"usage":null}\n\n', '[DONE]'),
);
const scripts: fc.Arbitrary<Script> = fc.record({
  words: fc.array(word, { maxLength: 6 }),
  br: fc.constantFrom('\n', '\n', '\r\n', '\r'),
  blanks: fc.boolean(),
  usageAt: fc.constantFrom('first', 'last', 'middle'),
  isJoined: fc.boolean(),
  padding: fc.boolean(),
  azure: fc.boolean(),
  comments: fc.boolean(),
  cuts: fc.array(fc.nat(), { maxLength: 12 }),
});

const usage = { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16, prompt_tokens_details: { cached_tokens: 2 } };

type Members = readonly (readonly [string, unknown])[];

function eventOf(script: Script, members: Members): string {
  const [comma, colon] = script.blanks ? [', ', ': '] : [',', ':'];
  const text = members.map(([key, value]) => `${JSON.stringify(key)}${colon}${JSON.stringify(value)}`).join(comma);
  return `data: {${text}}${script.br.repeat(2)}`;
}

function textOf(script: Script, asked: boolean): string {
  const ping = script.comments ? `: {"usage":null}${script.br.repeat(2)}` : '';
  const chunk = (choices: readonly object[], told: object | null, more: Members = []): string => {
    const head = [['id', 'chatcmpl-1'] as const, ['model', 'gpt-5-2025-08-07'] as const];
    const rest = [
      ['choices', choices] as const,
      ...more,
      ...(script.padding ? [['obfuscation', 'x"\\'] as const] : []),
    ];
    const own = asked ? [['usage', told] as const] : [];
    if (script.usageAt === 'first') return eventOf(script, [...own, ...head, ...rest]);
    return eventOf(script, script.usageAt === 'last' ? [...head, ...rest, ...own] : [...head, ...own, ...rest]);
  };
  const choice = (content: string, reason: string | null) => [{ index: 0, delta: { content }, finish_reason: reason }];
  const first = script.azure ? chunk([], null, [['prompt_filter_results', [{ prompt_index: 0 }]]]) : '';
  const words = script.words.map((content) => ping + chunk(choice(content, null), null)).join('');
  const last = chunk(choice('', 'stop'), script.isJoined ? usage : null);
  const extra = asked && !script.isJoined ? chunk([], usage) : '';
  return `${first}${words}${last}${extra}data: [DONE]${script.br.repeat(2)}`;
}

function chunksOf(script: Script, asked: boolean): Uint8Array[] {
  const bytes = new TextEncoder().encode(textOf(script, asked));
  const edges = [0, ...script.cuts.map((cut) => cut % bytes.length), bytes.length].toSorted((a, b) => a - b);
  return edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge));
}

let current: Script;
let server: Awaited<ReturnType<typeof scriptedServer>>;
beforeAll(async () => {
  server = await scriptedServer((asked, path) => (path === '/v1/chat/completions' ? chunksOf(current, asked) : []));
});
afterAll(() => server[Symbol.asyncDispose]());

async function heard(options: TelemetryOptions): Promise<{ bytes: Buffer; outcome: Outcome }> {
  const { fetch } = pipeline()
    .use(telemetry({ streamUsageHosts: ['127.0.0.1'], ...options }))
    .build();
  const body = JSON.stringify({ ...question, stream: true });
  const response = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body });
  const outcome = new Promise<Outcome>((resolve) => onSettled(response, resolve));
  return { bytes: Buffer.from(await response.arrayBuffer()), outcome: await outcome };
}

describe('the law of a stream whose usage was asked for', () => {
  it('is that its bytes are those of one whose usage was not, and its usage is known', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        current = script;
        const asked = await heard({});
        const plain = await heard({ streamUsage: 'never' });
        expect(asked.bytes.toString()).toBe(plain.bytes.toString());
        expect(asked.bytes.equals(plain.bytes)).toBe(true);
        expect(asked.outcome).toMatchObject({
          ok: true,
          finishReasons: ['stop'],
          usage: { inputTokens: 7, outputTokens: 9, cachedInputTokens: 2 },
        });
        expect(plain.outcome.usage).toBeUndefined();
      }),
      { numRuns: 120 },
    );
  });

  it('is kept only where somebody is told: a call that is not sampled is not touched', async () => {
    current = fc.sample(scripts, { numRuns: 1, seed: 1 })[0]!;
    const sampledOut = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 0 });
    const { outcome } = await heard({ tracer: { startSpan: () => sampledOut } as never });
    expect(outcome.usage).toBeUndefined();
  });
});
