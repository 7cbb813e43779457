import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap, type HeapEntry } from './heap.ts';

interface Entry extends HeapEntry {
  readonly id: number;
  key: number;
}

const before = (one: Entry, other: Entry): boolean => (one.key === other.key ? one.id < other.id : one.key < other.key);
const sorted = (entries: readonly Entry[]): Entry[] => entries.toSorted((one, other) => (before(one, other) ? -1 : 1));

const step = fc.oneof(
  fc.record({ do: fc.constant('push' as const), key: fc.nat(20), at: fc.constant(0) }),
  fc.record({ do: fc.constant('remove' as const), key: fc.constant(0), at: fc.nat() }),
  fc.record({ do: fc.constant('move' as const), key: fc.nat(20), at: fc.nat() }),
);

/** What a heap and a plain list hold after the same steps. */
function played(steps: readonly { do: 'push' | 'remove' | 'move'; key: number; at: number }[]) {
  const heap = new Heap<Entry>(before);
  const list: Entry[] = [];
  for (const [id, { do: action, key, at }] of steps.entries()) {
    if (action === 'push') {
      const entry = { id, key, place: -1 };
      heap.push(entry);
      list.push(entry);
      continue;
    }
    const entry = list[at % Math.max(1, list.length)];
    if (entry === undefined) continue;
    if (action === 'remove') {
      heap.remove(entry);
      list.splice(list.indexOf(entry), 1);
    } else {
      entry.key = key;
      heap.moved(entry);
    }
  }
  return { heap, list };
}

describe('a heap', () => {
  it('gives what sorting gives, after removals from the middle and changes of what is compared', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { heap, list } = played(steps);
        const expected = sorted(list);
        expect(heap.size).toBe(list.length);
        expect(heap.bottom).toBe(expected.at(-1));
        const drained: Entry[] = [];
        for (let { top } = heap; top !== undefined; { top } = heap) {
          drained.push(top);
          heap.remove(top);
        }
        expect(drained).toEqual(expected);
        expect(drained.every(({ place }) => place === -1)).toBe(true);
      }),
    );
  });

  it('does nothing about an entry that is not in it', () => {
    const heap = new Heap<Entry>(before);
    const entry = { id: 1, key: 1, place: -1 };
    heap.push(entry);
    heap.remove(entry);
    heap.remove(entry);
    expect(heap.size).toBe(0);
    expect(heap.bottom).toBeUndefined();
  });
});
