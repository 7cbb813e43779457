import { getEventListeners } from 'node:events';
import { faults, type FaultRule } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { badDay, type BadDay } from './bad-day.ts';

const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'x' }] };
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Where a call can stand when the caller gives up: what the upstream does, and how to know it is there. */
const moments: Record<
  string,
  { script: FaultRule; stream?: boolean; there: (day: BadDay, events: number) => boolean }
> = {
  'before the headers': {
    script: { fault: faults.hang({ at: 'headers' }) },
    there: (day) => day.upstream.log.length === 1,
  },
  'in the wait before a retry': {
    script: { fault: faults.rateLimit({ retryAfter: 30 }) },
    there: (day) => day.clock.pendingTimers > 0 && day.upstream.log[0]?.done === true,
  },
  'in the body of an answer': {
    script: { fault: faults.hang({ at: 'body' }) },
    there: (day) => day.upstream.log[0]?.status === 200,
  },
  'in the middle of a stream': {
    script: { fault: faults.hang({ at: 'body', afterEvents: 3 }) },
    stream: true,
    there: (_day, events) => events === 3,
  },
};

describe('an abort', () => {
  it.each(Object.entries(moments))(
    '%s ends the call at once, reaches the upstream and leaves nothing',
    async (_name, moment) => {
      await using day = await badDay();
      day.upstream.script(moment.script);
      const controller = new AbortController();
      let events = 0;
      const call = async (): Promise<unknown> => {
        if (moment.stream !== true) return day.client.chat.completions.create(params, { signal: controller.signal });
        const stream = await day.client.chat.completions.create(
          { ...params, stream: true },
          { signal: controller.signal },
        );
        for await (const _chunk of stream) events++;
        return 'ended';
      };
      const pending = call().catch((thrown: unknown) => thrown);
      await until(() => moment.there(day, events));
      await turn();
      controller.abort();
      const result = await pending;
      // The client itself ends an aborted stream quietly; everything else is its abort error.
      if (moment.stream === true) expect(result).toBe('ended');
      else expect(result).toBeInstanceOf(OpenAI.APIUserAbortError);
      expect(day.clock.pendingTimers).toBe(0);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      await until(() => day.upstream.log.every(({ done }) => done));
      // What was under way is closed; only a connection whose answer had ended is kept for the next call.
      const isIdle = day.upstream.log[0]?.aborted === false;
      await until(() => day.upstream.openSockets === (isIdle ? 1 : 0));
      expect(day.upstream.log).toHaveLength(1);
    },
  );

  it('of a hundred calls at random moments leaves no timer and no open request', async () => {
    await using day = await badDay();
    day.upstream.script(
      { every: 3, fault: faults.hang({ at: 'headers' }) },
      { every: 2, fault: faults.hang({ at: 'body', afterEvents: 2 }) },
      { every: 5, fault: faults.rateLimit({ retryAfter: 5 }) },
    );
    const controllers = Array.from({ length: 100 }, () => new AbortController());
    const calls = controllers.map(async ({ signal }, index) => {
      if (index % 2 === 0) return day.client.chat.completions.create(params, { signal });
      for await (const _chunk of await day.client.chat.completions.create({ ...params, stream: true }, { signal }));
      return undefined;
    });
    const settled = Promise.allSettled(calls);
    for (const [index, controller] of controllers.entries()) {
      if (index % 7 === 0) await turn();
      controller.abort();
    }
    await settled;
    await until(() => day.upstream.log.every(({ done }) => done));
    expect(day.clock.pendingTimers).toBe(0);
  });
});
