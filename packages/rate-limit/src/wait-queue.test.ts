import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReferenceQueue } from '../test/reference-queue.ts';
import { priorities, WaitQueue } from './wait-queue.ts';
import { Waiter } from './waiter.ts';

const arrival = fc.record({
  priority: fc.constantFrom(...priorities),
  tenant: fc.constantFrom('', 'a', 'b', 'c'),
  deadline: fc.option(fc.nat(5), { nil: undefined }),
  weight: fc.constantFrom(1, 1, 2, 3.5),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), arrival }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('shift' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), at: fc.nat() }) },
);

const waiters = (count: number, options: ConstructorParameters<typeof Waiter>[0] = {}): Waiter[] =>
  Array.from({ length: count }, () => new Waiter(options));

function queueOf(...all: readonly Waiter[]): WaitQueue {
  const queue = new WaitQueue();
  for (const waiter of all) queue.push(waiter);
  return queue;
}

describe('a queue', () => {
  it('gives the order that is documented, whoever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const queue = new WaitQueue();
        const reference = new ReferenceQueue();
        for (const one of steps) {
          if (one.do === 'push') {
            const waiter = new Waiter(one.arrival);
            queue.push(waiter);
            reference.push(waiter);
          } else if (one.do === 'shift') expect(queue.shift()).toBe(reference.shift());
          else {
            const all = reference.all();
            const gone = all[one.at % Math.max(1, all.length)];
            if (gone === undefined) continue;
            queue.remove(gone);
            queue.remove(gone);
            reference.remove(gone);
          }
          expect(queue.next).toBe(reference.next());
          expect(queue.size).toBe(reference.all().length);
          for (const priority of priorities) {
            const least = queue.leastBelow(priority);
            const expected = reference.leastBelow(priority);
            expect(least === undefined ? expected.length === 0 : expected.includes(least)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lets nobody starve under arrivals of a high priority that never end', () => {
    const [low] = waiters(1, { priority: 'low' }) as [Waiter];
    const [normal] = waiters(1, { priority: 'normal' }) as [Waiter];
    const queue = queueOf(low, normal, ...waiters(5, { priority: 'high' }));
    const granted: (Waiter | undefined)[] = [];
    for (let grant = 0; grant < 40; grant++) {
      granted.push(queue.shift());
      queue.push(new Waiter({ priority: 'high' }));
    }
    expect([granted.indexOf(normal), granted.indexOf(low)]).toEqual([9, 19]);
  });

  it('gives each of two tenants half while both wait, though one has a hundred times the calls', () => {
    const few = waiters(20, { tenant: 'few' });
    const queue = queueOf(...waiters(2000, { tenant: 'many' }), ...few);
    const granted = Array.from({ length: 40 }, () => queue.shift()?.tenant);
    expect(granted.filter((tenant) => tenant === 'few')).toHaveLength(20);
    expect(granted.filter((tenant) => tenant === 'many')).toHaveLength(20);
  });

  it('does not let a tenant whose single call comes back at once take every turn', () => {
    const queue = queueOf(...waiters(50, { tenant: 'many' }), new Waiter({ tenant: 'single' }));
    const granted: (string | undefined)[] = [];
    for (let grant = 0; grant < 40; grant++) {
      const next = queue.shift();
      granted.push(next?.tenant);
      if (next?.tenant === 'single') queue.push(new Waiter({ tenant: 'single' }));
    }
    expect(granted.filter((tenant) => tenant === 'many')).toHaveLength(20);
  });

  it('counts large calls as more than one turn', () => {
    const queue = queueOf(...waiters(60, { tenant: 'large', weight: 3 }), ...waiters(60, { tenant: 'small' }));
    const granted = Array.from({ length: 40 }, () => queue.shift()?.tenant);
    expect(granted.filter((tenant) => tenant === 'large')).toHaveLength(10);
  });

  it('remembers no more than a thousand tenants that nobody waits for', () => {
    const queue = queueOf(...waiters(3, { tenant: 'stays', weight: 5000 }));
    queue.shift();
    for (let tenant = 0; tenant < 3000; tenant++) {
      queue.push(new Waiter({ tenant: `once-${tenant}` }));
      expect(queue.shift()?.tenant).toBe(`once-${tenant}`);
    }
    queue.push(new Waiter({ tenant: 'once-2999' }));
    queue.push(new Waiter({ tenant: 'once-0' }));
    expect(queue.shift()?.tenant).toBe('once-0');
  });

  it('tells how many go before a newcomer', () => {
    const queue = queueOf(
      ...waiters(1, { priority: 'high' }),
      ...waiters(2, { priority: 'normal' }),
      ...waiters(4, { priority: 'low' }),
    );
    expect(priorities.map((priority) => queue.ahead(priority))).toEqual([1, 3, 7]);
  });
});
