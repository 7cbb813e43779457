import { fileURLToPath } from 'node:url';
import type OpenAI from 'openai';
import { once, type Kind } from '../load/calls.ts';
import { answering, isChildOf, startChild, type Child } from '../load/child.ts';
import { heldBytes } from './heap.ts';
import { subjectClient, type Subject } from './subject.ts';

const here = fileURLToPath(import.meta.url);

/** What a worker is asked to do. */
export type Order =
  | { readonly do: 'measure' }
  /** So many calls, some at a time, each read to its end. */
  | { readonly do: 'calls'; readonly kind: Kind; readonly calls: number; readonly atOnce: number }
  /** Calls that the far end holds; not waited for. */
  | { readonly do: 'hold'; readonly kind: Kind; readonly calls: number; readonly baseURL: string }
  | { readonly do: 'await held' }
  /** `each` calls with every one of the models, or keys, of these numbers. */
  | {
      readonly do: 'distinct';
      readonly what: 'model' | 'key';
      readonly from: number;
      readonly to: number;
      readonly each: number;
    };

/** Starts a subject in a process of its own. Every answer is the bytes that it holds then, or 0 where none were asked for. */
export const startSubject = (subject: Subject): Promise<Child<Order, number>> =>
  startChild(here, { args: [JSON.stringify(subject)], execArgv: ['--expose-gc'] });

async function inTurn(count: number, atOnce: number, call: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}

function distinct(client: OpenAI, { what, from, to, each }: Extract<Order, { do: 'distinct' }>): Promise<void> {
  return inTurn((to - from) * each, 64, (index) => {
    const number = from + Math.floor(index / each);
    const call =
      what === 'model'
        ? once(client, 'call', `model-${number}`)
        : once(client.withOptions({ apiKey: `sk-bench-${number}` }), 'call');
    // A model that is down is what some of these are about.
    return call.catch(() => undefined);
  });
}

function work(client: OpenAI): void {
  let held: Promise<unknown>[] = [];
  const carryOut = async (order: Exclude<Order, { do: 'measure' }>): Promise<void> => {
    switch (order.do) {
      case 'calls':
        await inTurn(order.calls, order.atOnce, () => once(client, order.kind));
        break;
      case 'hold': {
        const late = client.withOptions({ baseURL: order.baseURL });
        held = Array.from({ length: order.calls }, () => once(late, order.kind));
        break;
      }
      case 'await held':
        await Promise.all(held);
        held = [];
        break;
      case 'distinct':
        await distinct(client, order);
        break;
    }
  };
  answering(async (order: Order): Promise<number> => {
    if (order.do === 'measure') return await heldBytes();
    await carryOut(order);
    return 0;
  });
}

if (isChildOf(here)) work(subjectClient(JSON.parse(process.argv[2] as string) as Subject));
