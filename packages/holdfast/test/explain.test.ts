import { readFileSync } from 'node:fs';
import { chatChunks, ManualClock, streamAnswer } from '@holdfast/testkit';
import {
  audit,
  breaker,
  callbackSink,
  explain,
  explainJson,
  fallback,
  hedge,
  hints,
  journeyOf,
  pipeline,
  rateLimit,
  retry,
  timeout,
} from 'holdfast';
import { APIConnectionTimeoutError, InternalServerError } from 'openai';
import { describe, expect, it } from 'vitest';
import { never, stage } from './explain-stories.ts';

const ladder = () => [fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }), retry({ maxRetries: 1 })];
const badHour = [{ afterMs: 412, status: 503 }, { afterMs: 398, status: 503 }, { afterMs: 690 }];

/** The text of a story, with the id of its call made the same each time. */
const told = (source: object, options: Parameters<typeof explain>[1] = {}): string =>
  explain(source, options).replace(/^shop \S+/, 'shop k3x9-7');

/** A text that stands in the code, without its margin. */
const text = ([lines]: TemplateStringsArray): string => (lines as string).trim().replaceAll(/\n {6}/g, '\n');

describe('the story of a call', () => {
  it('that was retried and then fell back', async () => {
    const response = await stage(ladder(), ...badHour).ask();
    const expected = text`
      shop k3x9-7 · gpt-5 · answered by gpt-5-mini · complete after 1.75 s
        3 attempts · 1200 tokens in, 90 out · $0.0123
          0 ms  ████              1. gpt-5 at api.openai.com: 503 overloaded in 412 ms
                                  (req_1)
        412 ms      ··            retry waits 250 ms: overloaded
        662 ms        ████        2. gpt-5 at api.openai.com: 503 overloaded in 398 ms
                                  (req_2)
        1.06 s            │       retry: give up (overloaded after 2 attempt(s))
        1.06 s            │       fallback: model gpt-5-mini (gpt-5: overloaded)
        1.06 s            ██████  3. gpt-5-mini at api.openai.com: 200 in 690 ms
                                  (req_3)`;
    expect(told(response, { costOf: () => 0.0123 })).toBe(expected);
    const readme = readFileSync(new URL('../../explain/README.md', import.meta.url), 'utf8');
    expect(readme).toContain(expected);
  });

  it('that an open circuit refused, from the error of the client', async () => {
    const layers = [retry({ maxRetries: 1 }), breaker({ consecutiveFailures: 2 })];
    const { ask, clock, client } = stage(layers, { afterMs: 100, status: 503 });
    await ask();
    const error: unknown = await clock
      .runUntil(client.chat.completions.create({ model: 'gpt-5', messages: [] }))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InternalServerError);
    expect(told(error as object)).toBe(text`
      shop k3x9-7 · failed (circuit_open) after 0 ms · 0 attempts
          0 ms  │                 breaker refuses, circuit_open: The circuit of gpt-5
                                  chat at api.openai.com is open: 2 calls in a row
                                  failed. The next probe goes in 4.8 s.
      Next: The circuit of gpt-5 chat at api.openai.com lets the next call through
      4.8 s after this one. The upstream failed too often, so it is not asked. A
      ladder (fallback) would answer meanwhile.`);
  });

  it('that waited for room: the wait lies before the request', async () => {
    const { ask } = stage([rateLimit({ limits: { 'gpt-5': { requestsPerMinute: 60 } } })], { afterMs: 100 });
    for (let count = 0; count < 61; count++) await ask();
    expect(told(await ask())).toBe(text`
      shop k3x9-7 · gpt-5 · complete after 354 ms · 1 attempt
        1200 tokens in, 90 out
          0 ms  ···········       rateLimit waits 254 ms: room for
                                  https://api.openai.com gpt-5
        254 ms             █████  1. gpt-5 at api.openai.com: 200 in 100 ms (req_62)`);
  });

  it('that found no room', async () => {
    const limited = rateLimit({ limits: { 'gpt-5': { requestsPerMinute: 60 } }, maxWaitMs: 10 });
    const { ask } = stage([limited], { afterMs: 1 });
    for (let count = 0; count < 60; count++) await ask();
    const lines = told(await ask()).split('\n');
    expect(lines[0]).toBe('shop k3x9-7 · failed (rate_limited_local) after 0 ms · 0 attempts');
    expect(lines.join(' ')).toContain('rateLimit refuses, rate_limited_local: The limits of');
    expect(lines.at(-2)).toMatch(/^Next: The account has no room in time\./);
  });

  it('that was sent twice: the bars lie over each other', async () => {
    const usual = { afterMs: 100 };
    const { ask } = stage(
      [hedge({ minimumCalls: 3, minDelayMs: 50 })],
      ...[usual, usual, usual, { afterMs: 900 }, { afterMs: 120 }],
    );
    for (let count = 0; count < 3; count++) await ask();
    expect(told(await ask(), { ascii: true })).toBe(text`
      shop k3x9-7 | gpt-5 | complete after 223 ms | 2 attempts
        1200 tokens in, 90 out
          0 ms  ################  1. gpt-5 at api.openai.com: aborted in 223 ms
        103 ms         |          hedge: second request (no answer after 103 ms, and
                                  95 % of the answers begin within 103 ms)
        103 ms         #########  2. gpt-5 at api.openai.com: 200 in 120 ms (req_5)
        223 ms                 |  hedge: the second won (answered after 120 ms; the
                                  first was given up after 223 ms)`);
  });

  it('that ran out of time, and where the time went', async () => {
    const { clock, client } = stage([retry(), timeout()], { afterMs: 800, status: 503 }, { afterMs: never });
    const error: unknown = await clock
      .runUntil(client.chat.completions.create({ model: 'gpt-5', messages: [] }, hints({ deadlineMs: 3000 })))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIConnectionTimeoutError);
    expect(told(error as object)).toBe(text`
      shop k3x9-7 · gpt-5 · failed (deadline_exceeded) after 3.00 s · 2 attempts
          0 ms  ████              1. gpt-5 at api.openai.com: 503 overloaded in 800 ms
                                  (req_1)
        800 ms      ··            retry waits 250 ms: overloaded
        1.05 s        ██████████  2. gpt-5 at api.openai.com: deadline_exceeded in
                                  1.95 s
        3.00 s                 │  core refuses, deadline_exceeded: The call timed out:
                                  its deadline passed after 3000 ms and 2 attempt(s).
      Next: Of 3.00 s, 1.95 s went to attempt 2 (gpt-5 at api.openai.com), 800 ms to
      attempt 1 (gpt-5 at api.openai.com), 250 ms to waits of retry. Give the call
      more time, or bound each attempt (timeout) so that some is left for another.`);
  });

  it('whose stream is under way, and then whole', async () => {
    const clock = new ManualClock();
    const fetch = async (): Promise<Response> => {
      await clock.advance(300);
      return streamAnswer(chatChunks(['Held', ' fast']));
    };
    const resilient = pipeline({ service: 'shop', clock, fetch }).build();
    const asked = { method: 'POST', body: '{"model":"gpt-5","stream":true}' };
    const response = await resilient.fetch('https://api.openai.com/v1/chat/completions', asked);
    await clock.advance(900);
    expect(told(response)).toBe(text`
      shop k3x9-7 · gpt-5 · under way for 1.20 s · 1 attempt
          0 ms  ████▒▒▒▒▒▒▒▒▒▒▒▒  1. gpt-5 at api.openai.com: 200 in 300 ms, body
                                  900 ms so far`);
    await response.text();
    expect(told(response)).toContain('complete after 1.20 s');
    expect(told(response)).toMatch(/200 in 300 ms, body\s+900 ms$/);
  });

  it('whose first request has no answer yet', async () => {
    const { clock, resilient } = stage([], { afterMs: 900 });
    let journey: object | undefined;
    const watching = pipeline({ service: 'shop', clock, fetch: resilient.fetch })
      .use({ name: 'watch', layer: 'telemetry', handle: (call, next) => next(((journey = call.journey), call)) })
      .build();
    const asked = watching.fetch('https://api.openai.com/v1/models');
    await clock.advance(400);
    expect(told(journey as object)).toContain('1. the request at api.openai.com: under way for\n');
    expect(told(journey as object)).toContain('shop k3x9-7 · under way for 400 ms · 1 attempt');
    await clock.advance(500);
    await asked;
  });

  it('is the same from a line of the audit log, which knows what was asked and when', async () => {
    const lines: string[] = [];
    const log = audit({ sink: callbackSink((batch) => void lines.push(...batch)) });
    const { ask, resilient } = stage([log, ...ladder()], ...badHour);
    const response = await ask();
    await resilient.close();
    const line = JSON.parse(lines[0] as string) as object;
    const [fromLine, fromResponse] = [explainJson(line)!, explainJson(response)!];
    expect(fromLine).toMatchObject({ operation: 'chat', at: expect.stringMatching(/^2\d{3}-/) as string });
    expect({ ...fromLine, at: null, operation: null }).toEqual({ ...fromResponse, callId: fromLine.callId });
    expect(fromResponse).toMatchObject({
      ...{ model: 'gpt-5', answeredBy: 'gpt-5-mini', ending: 'complete', status: 200, durationMs: 1750, attempts: 3 },
      ...{ attemptsMs: 1500, bodyMs: 0, waitsMs: { retry: 250 }, refusals: [], advice: null },
    });
  });

  it('is the same from a journey and from the JSON of it', async () => {
    const journey = journeyOf(await stage(ladder(), ...badHour).ask())!;
    expect(explain(JSON.parse(JSON.stringify(journey)) as object)).toBe(explain(journey));
    expect(told(journey)).toMatch(/its end is not known, last heard of after\s+1\.75 s/);
  });
});
