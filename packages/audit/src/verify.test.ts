import { Secret } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chain } from './chain.ts';
import { verifyAudit, type SecurityRecord } from './index.ts';

const key = 'a-key-of-sixteen-and-more';
const record = (event: string): SecurityRecord => ({ type: 'security', service: 's', event, detail: { n: 1.5 } });

function chainOf(count: number, secret?: Secret): { lines: string[]; end: { seq: number; hash: string } } {
  const chain = new Chain(secret);
  const lines = Array.from({ length: count }, (_, index) => chain.seal(record(`event ${index}`), index * 1000));
  return { lines, end: chain.end };
}

describe('verify', () => {
  it('finds nothing in a log that is as it was written, and tells its end', async () => {
    const { lines, end } = chainOf(5);
    expect(await verifyAudit(lines)).toEqual({ ok: true, lines: 5, dropped: 0, end });
    expect(await verifyAudit(lines, { anchor: end })).toMatchObject({ ok: true });
    expect(await verifyAudit([])).toMatchObject({ ok: true, lines: 0 });
  });

  it('law: finds any change: of a byte, a line taken out, put in twice, moved, or put in from another log', async () => {
    const { lines, end } = chainOf(6);
    const other = chainOf(6).lines;
    const edit = fc.oneof(
      fc.record({
        kind: fc.constant('byte' as const),
        at: fc.nat(5),
        place: fc.nat(),
        by: fc.integer({ min: 1, max: 127 }),
      }),
      fc.record({ kind: fc.constantFrom('delete' as const, 'double' as const, 'foreign' as const), at: fc.nat(5) }),
      fc.record({ kind: fc.constant('swap' as const), at: fc.nat(4) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(5) }),
    );
    await fc.assert(
      fc.asyncProperty(edit, async (change) => {
        const edited: (string | Uint8Array)[] = [...lines];
        const { at } = change;
        if (change.kind === 'byte') {
          const bytes = Buffer.from(lines[at]!);
          bytes[change.place % bytes.length]! ^= change.by;
          edited[at] = bytes;
        }
        if (change.kind === 'delete') edited.splice(at, 1);
        if (change.kind === 'double') edited.splice(at, 0, lines[at]!);
        if (change.kind === 'foreign') edited[at] = other[at]!;
        if (change.kind === 'swap') [edited[at], edited[at + 1]] = [lines[at + 1]!, lines[at]!];
        if (change.kind === 'cut') edited.length = at;
        const verdict = await verifyAudit(edited, { anchor: end });
        expect(verdict.ok).toBe(false);
        if (!verdict.ok) expect(Math.abs(verdict.line - 1 - at)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  it('says which line, and what is wrong with it', async () => {
    const { lines, end } = chainOf(4);
    const changed = lines.with(2, lines[2]!.replace('event 2', 'event 9'));
    expect(await verifyAudit(changed)).toEqual({
      ok: false,
      line: 3,
      problem: 'it was changed, or another key was used',
    });
    expect(await verifyAudit(lines.toSpliced(1, 1))).toEqual({
      ok: false,
      line: 2,
      problem: 'it is line 3 of the chain, and line 2 was expected',
    });
    expect(await verifyAudit(lines.slice(0, 3), { anchor: end })).toEqual({
      ok: false,
      line: 4,
      problem: 'the log ends before line 4 of the chain, which the anchor tells of',
    });
    expect(await verifyAudit(lines.with(1, 'what?'))).toMatchObject({ ok: false, line: 2 });
    expect(await verifyAudit([...lines, '{"v":1'])).toMatchObject({
      ok: false,
      line: 5,
      problem: expect.stringContaining('torn') as string,
    });
  });

  it('is not deceived by a member that is there twice', async () => {
    const { lines } = chainOf(1);
    const doubled = lines[0]!.replace('{', '{"type":"call",');
    expect(await verifyAudit([doubled])).toMatchObject({ ok: false, line: 1 });
  });

  it('needs the key of a chain that has one, without which nobody makes another', async () => {
    const { lines } = chainOf(3, Secret.from(key, 'test'));
    expect(await verifyAudit(lines, { key })).toMatchObject({ ok: true });
    expect(await verifyAudit(lines)).toMatchObject({ ok: false, line: 1 });
    expect(await verifyAudit(chainOf(3).lines, { key })).toMatchObject({ ok: false, line: 1 });
  });

  it('goes on from where an earlier part of the log ends', async () => {
    const { lines } = chainOf(6);
    const first = await verifyAudit(lines.slice(0, 3));
    if (!first.ok) throw new Error(first.problem);
    expect(await verifyAudit(lines.slice(3), { after: first.end })).toMatchObject({ ok: true, lines: 3 });
    expect(await verifyAudit(lines.slice(3))).toMatchObject({ ok: false, line: 1 });
  });
});
