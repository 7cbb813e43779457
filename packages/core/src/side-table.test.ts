import { describe, expect, it } from 'vitest';
import { sideTable } from './side-table.ts';

describe('sideTable', () => {
  it('remembers, replaces and keeps tables apart, and nobody sees it', () => {
    const [one, other] = [sideTable<number>(), sideTable<number>()];
    const object = new Headers();
    expect(one.get(object)).toBeUndefined();
    one.set(object, 1);
    one.set(object, 2);
    expect([one.get(object), other.get(object)]).toEqual([2, undefined]);
    expect(Reflect.ownKeys(object)).toEqual(Reflect.ownKeys(new Headers()));
    expect(one.get(Object.create(object) as object)).toBeUndefined();
    expect(one.get(new Proxy(object, {}))).toBeUndefined();
  });

  it('takes what is frozen, and functions', () => {
    const table = sideTable<string>();
    const frozen = Object.freeze(new Error('x'));
    table.set(frozen, 'kept');
    table.set(sideTable, 'kept');
    expect([table.get(frozen), table.get(sideTable)]).toEqual(['kept', 'kept']);
  });
});
