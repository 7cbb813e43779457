import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

it('lets go of whoever was not asked for longest, and of nobody while there is room', () => {
  const map = new BoundedMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect(['a', 'b', 'c'].map((name) => map.get(name))).toEqual([1, undefined, 3]);
  map.delete('a');
  map.set('d', 4);
  expect(['a', 'c', 'd'].map((name) => map.get(name))).toEqual([undefined, 3, 4]);
});

it('law: holds the newest value of each of the last names, and no more names than its limit', () => {
  const law = fc.property(fc.array(fc.nat(9), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (names, limit) => {
    const map = new BoundedMap<number>(limit);
    names.forEach((name, index) => map.set(String(name), index));
    const lastFirst = [...new Set(names.toReversed())];
    for (const [place, name] of lastFirst.entries())
      expect(map.get(String(name))).toBe(place < limit ? names.lastIndexOf(name) : undefined);
  });
  fc.assert(law);
});
