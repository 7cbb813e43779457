import { getEventListeners } from 'node:events';
import OpenAI from 'openai';
import { transport, type OriginStats } from '../src/index.ts';
import { calls, type Gear } from './storm-calls.ts';
import type { Fault } from './storm-far-end.ts';
import { drawn, seeded, type Plan } from './storm-plan.ts';

/** What a storm is let loose on. */
export interface StormOptions {
  readonly url: string;
  readonly seed: number;
  /** The most connections of the transport. */
  readonly connections: number;
  /** Calls at a time: more than connections, so that some wait. */
  readonly concurrency: number;
}

/** What is open, of all that could be left open. */
export interface Standing {
  readonly calls: number;
  readonly connected: number;
  readonly running: number;
  readonly queued: number;
  readonly listeners: number;
  readonly sockets: number;
  readonly timers: number;
}

/** Calls that are disturbed in every way at every moment, by the real client and without one. */
export interface Storm {
  readonly run: (count: number) => Promise<void>;
  readonly standing: () => Standing;
  readonly close: () => Promise<void>;
  /** How calls ended. */
  readonly ends: ReadonlyMap<string, number>;
  readonly mostConnected: () => number;
  /** The laws that were broken, each in a sentence. */
  readonly broken: readonly string[];
}

export const resources = (kind: string): number =>
  process.getActiveResourcesInfo().filter((one) => one === kind).length;
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

export function storm({ url, seed, connections, concurrency }: StormOptions): Storm {
  const random = seeded(seed);
  const pooled = transport({ connections });
  const given = new Set<AbortSignal>();
  const client = new OpenAI({ apiKey: 'sk-storm', baseURL: `${url}/v1`, maxRetries: 0 });
  const shared = new AbortController();
  const ends = new Map<string, number>();
  const broken: string[] = [];
  let done = 0;
  let mostConnected = 0;

  const stats = (): OriginStats => pooled.stats()[url] ?? nothing;
  const law = (holds: boolean, sentence: string): void => {
    if (!holds && broken.length < 20) broken.push(sentence);
  };
  const checked = (plan: Plan, signals: readonly AbortSignal[]): void => {
    const open = stats().connected;
    mostConnected = Math.max(mostConnected, open);
    law(open <= connections, `${open} connections are open, of ${connections}`);
    for (const signal of signals) {
      if (signal === shared.signal) continue;
      const left = listenersOf(signal);
      law(left === 0, `${left} listeners are left on the signal of ${JSON.stringify(plan)}`);
      given.delete(signal);
    }
  };

  async function one(plan: Plan): Promise<void> {
    const controller = plan.isShared ? shared : new AbortController();
    const signals: AbortSignal[] = [];
    // The client hangs listeners of its own on the signal of its caller; the transport is given one of the client's.
    const fetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      if (init?.signal != null) {
        signals.push(init.signal);
        given.add(init.signal);
      }
      return pooled.fetch(input, init);
    };
    const gear: Gear = {
      url,
      fetch,
      client: client.withOptions({ fetch }),
      headers: { 'x-fault': plan.fault },
      signal: controller.signal,
      reached() {
        if (plan.moment === 'body') controller.abort(new Error('given up'));
        return plan.moment === 'leave';
      },
    };
    if (plan.moment === 'before') controller.abort(new Error('given up'));
    const end = calls[plan.manner](gear).then(() => 'whole', nameOf);
    if (plan.moment === 'connecting') controller.abort(new Error('given up'));
    if (plan.moment === 'soon') {
      for (let count = 0; count < plan.turns; count++) await turn();
      if (plan.fault === 'stall') await new Promise((resolve) => setTimeout(resolve, plan.turns));
      controller.abort(new Error('given up'));
    }
    const name = await end;
    law(name in expected, `${name} is no failure that a caller expects: ${JSON.stringify(plan)}`);
    const isLeftAlone = plan.moment === 'never' || plan.moment === 'after';
    if (isLeftAlone && harmless.has(plan.fault)) law(name === 'whole', `${name} of ${JSON.stringify(plan)}`);
    if (isLeftAlone && breaking.has(plan.fault)) law(name !== 'whole', `no error from ${JSON.stringify(plan)}`);
    ends.set(name, (ends.get(name) ?? 0) + 1);
    if (plan.moment === 'after') controller.abort(new Error('too late'));
    checked(plan, signals);
    done++;
  }

  return {
    async run(count) {
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await one(drawn(random));
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
    },
    standing: () => {
      let listeners = listenersOf(shared.signal);
      for (const signal of given) listeners += listenersOf(signal);
      const counted = { sockets: resources('TCPSocketWrap'), timers: resources('Timeout') };
      const { opened: _, ...open } = stats();
      return { calls: done, ...open, listeners, ...counted };
    },
    close: () => pooled.close(),
    ends,
    mostConnected: () => mostConnected,
    broken,
  };
}

const nothing: OriginStats = { connected: 0, running: 0, queued: 0, opened: 0 };

const harmless: ReadonlySet<Fault> = new Set(['none', 'slow', 'large']);
const breaking: ReadonlySet<Fault> = new Set(['reset', 'cut']);

const expected: Readonly<Record<string, true>> = {
  whole: true,
  'Error: given up': true,
  'TypeError: fetch failed': true,
  'TypeError: terminated': true,
  APIUserAbortError: true,
  APIConnectionError: true,
  InternalServerError: true,
  APIError: true,
};

/** What a caller would see of a failure. */
function nameOf(error: unknown): string {
  // The helpers of the client wrap what they do not know.
  if (error instanceof OpenAI.OpenAIError && error.constructor === OpenAI.OpenAIError && error.cause !== undefined)
    return nameOf(error.cause);
  if (error instanceof OpenAI.OpenAIError) return error.constructor.name;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
