import {
  attempt,
  conclude,
  discard,
  onSettled,
  observe,
  pipeline,
  type Journey,
  type Middleware,
  type Next,
  type Outcome,
} from '@holdfast/core';
import { ManualClock, startUpstream, type FaultRule, type UpstreamOptions } from '@holdfast/testkit';
import OpenAI, { type APIError } from 'openai';
import { continuing } from '../src/mid-stream/continue.ts';
import { mend } from '../src/mid-stream/mended-source.ts';
import { holdBackOf, resolveMidStream, type MidStreamByOperation } from '../src/mid-stream/options.ts';
import { resuming } from '../src/mid-stream/resume.ts';

/** Twenty words, of which none begins another. */
export const words20 = Array.from({ length: 20 }, (_, index) => `word${String(index).padStart(2, '0')}`).join(' ');

/** The first words of the twenty, each with its space as the fake sends them. */
export const firstWords = (count: number): string => words20.split(' ').slice(0, count).join(' ');

/** What the layers saw of one call. */
export interface Seen {
  /** How the call ended, as everybody further out was told. */
  readonly calls: Outcome[];
  /** How each attempt ended, as everybody further in was told. */
  readonly attempts: Outcome[];
  journey: Journey | undefined;
}

/** The mid-stream policy alone, with one more try for an attempt that failed, as a ladder would make it. */
function midStream(given: MidStreamByOperation): Middleware {
  const optionsOf = resolveMidStream(given);
  const twice =
    (next: Next): Next =>
    async (call) => {
      const first = await attempt(call, next);
      if (first.fault?.retryable !== true) return conclude(first);
      if (first.response !== undefined) discard(first.response);
      return next(call);
    };
  return {
    name: 'fallback',
    layer: 'fallback',
    async handle(call, next) {
      const options = optionsOf(call);
      const again = twice(next);
      const response = await again(call.with({ holdBack: holdBackOf(options) }));
      const how =
        options.policy === 'continue'
          ? continuing(call, next, options.maxMends)
          : options.policy === 'resume'
            ? resuming(call, next, options.maxMends)
            : undefined;
      return mend(call, response, how);
    },
  };
}

function watching(seen: Seen): readonly Middleware[] {
  return [
    {
      name: 'outer',
      layer: 'audit',
      handle(call, next) {
        seen.journey = call.journey;
        return observe(call, next, (outcome) => void seen.calls.push(outcome));
      },
    },
    {
      name: 'inner',
      layer: 'breaker',
      async handle(call, next) {
        const response = await next(call);
        onSettled(response, (outcome) => void seen.attempts.push(outcome));
        return response;
      },
    },
  ];
}

export interface World extends AsyncDisposable {
  readonly upstream: Awaited<ReturnType<typeof startUpstream>>;
  readonly client: OpenAI;
  readonly clock: ManualClock;
  readonly seen: Seen;
  /** Decisions of the mid-stream policy, as they stand in the journey. */
  readonly decisions: () => readonly string[];
}

/** A client with a mid-stream policy, and the upstream it talks to. */
export async function world(
  script: readonly FaultRule[],
  given: MidStreamByOperation = {},
  options: UpstreamOptions = {},
): Promise<World> {
  const clock = new ManualClock();
  const upstream = await startUpstream({ clock, words: 20, script, ...options });
  const seen: Seen = { calls: [], attempts: [], journey: undefined };
  const [outer, inner] = watching(seen) as [Middleware, Middleware];
  const resilient = pipeline({ clock, random: () => 0.5 })
    .use(outer)
    .use(midStream(given))
    .use(inner)
    .build();
  const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test', baseURL: upstream.baseURL, logLevel: 'off' }));
  const decisions = (): readonly string[] =>
    (seen.journey?.entries ?? []).flatMap((entry) =>
      entry.type === 'decision' && entry.layer === 'fallback' ? [entry.action] : [],
    );
  return { upstream, client, clock, seen, decisions, [Symbol.asyncDispose]: () => upstream.close() };
}

const messages = [{ role: 'user' as const, content: 'Count.' }];

/** What a caller reads of a chat stream, and what its loop throws. */
export async function heard(client: OpenAI, more: object = {}) {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  let error: APIError | undefined;
  try {
    const stream = await client.chat.completions.create({ model: 'gpt-5', messages, stream: true, ...more });
    for await (const chunk of stream as AsyncIterable<OpenAI.ChatCompletionChunk>) chunks.push(chunk);
  } catch (thrown) {
    error = thrown as APIError;
  }
  const deltas = chunks.flatMap(({ choices: [choice] }) => (choice === undefined ? [] : [choice.delta]));
  return {
    chunks,
    error,
    text: deltas.map(({ content }) => content ?? '').join(''),
    tokens: deltas.filter(({ content }) => content).length,
    calls: deltas.flatMap(({ tool_calls: calls }) => calls ?? []),
    finishes: chunks.flatMap(({ choices: [choice] }) => choice?.finish_reason ?? []),
    ids: new Set(chunks.map(({ id, model, created }) => `${id} ${model} ${created}`)).size,
    usage: chunks.findLast(({ usage }) => usage)?.usage,
  };
}

/** What a caller reads of a response stream, and what its loop throws. */
export async function told(client: OpenAI, more: object = {}, options: OpenAI.RequestOptions = {}) {
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  let error: APIError | undefined;
  try {
    const stream = await client.responses.create({ model: 'gpt-5', input: 'Count.', stream: true, ...more }, options);
    for await (const event of stream as AsyncIterable<OpenAI.Responses.ResponseStreamEvent>) events.push(event);
  } catch (thrown) {
    error = thrown as APIError;
  }
  const last = events.at(-1);
  return {
    events,
    error,
    types: events.map(({ type }) => type),
    sequence: events.map(({ sequence_number: number }) => number),
    text: events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join(''),
    ids: new Set(events.flatMap((event) => ('response' in event ? [event.response.id] : []))).size,
    final: last !== undefined && 'response' in last ? last.response : undefined,
  };
}

/** 0, 1, 2, … as many as there are. */
export const counted = (length: number): number[] => Array.from({ length }, (_, index) => index);
