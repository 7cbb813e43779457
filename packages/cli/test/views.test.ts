import { describe, expect, it } from 'vitest';
import { closingTable } from '../src/demo/closing-table.ts';
import { liveFrame } from '../src/demo/live-frame.ts';
import { LiveView } from '../src/demo/live-view.ts';
import { PlainView } from '../src/demo/plain-view.ts';
import { closingSvg } from '../src/demo/svg.ts';
import { scene } from './scenes.ts';

const plain = (text: string): string => text.replaceAll(/\u001b\[[\d;?]*[a-zA-Z]/g, '');
const widest = (lines: readonly string[]): number => Math.max(...lines.map((line) => plain(line).length));

describe.each([60, 80, 100, 160])('the live frame at %i columns', (columns) => {
  const frame = liveFrame(scene(), { columns, rows: 24, color: false });

  it('stays within width and height', () => {
    expect(widest(frame)).toBeLessThan(columns);
    expect(frame.length).toBeLessThan(24);
  });

  it('shows both sides with every figure', () => {
    const text = frame.join('\n');
    for (const label of [
      'answered',
      'failed',
      'latency p50',
      'latency p95',
      'open circuit',
      'answered by',
      'cost (est.)',
    ])
      expect(text).toContain(label);
    expect(text).toContain('bare openai client');
    expect(text).toContain('wrapped in holdfast');
    expect(text).toContain('60  100.0 %');
    expect(text).toContain('1:00 / 1:00');
    expect(text).toContain('└recovery');
  });

  it('says the same in colour', () => {
    const colored = liveFrame(scene(), { columns, rows: 24, color: true });
    expect(colored.map(plain)).toEqual(frame);
    expect(colored.join('')).not.toEqual(frame.join(''));
  });
});

describe('the live frame', () => {
  it('gives up blank lines and then its end where rows are few', () => {
    const frame = liveFrame(scene(), { columns: 80, rows: 10, color: false });
    expect(frame).toHaveLength(9);
    expect(frame).not.toContain('');
  });
});

describe('the live view', () => {
  it('redraws in place and gives the terminal back once', () => {
    const written: string[] = [];
    const view = new LiveView({ columns: 80, rows: 24, write: (text) => written.push(text) }, true);
    view.update(scene());
    view.update(scene());
    view.stop();
    view.stop();
    expect(written).toHaveLength(4);
    expect(written[0]).toContain('\u001b[?25l');
    expect(written[1]).toMatch(/^\u001b\[\?2026h\u001b\[H/);
    expect(written[3]).toBe('\u001b[?1049l\u001b[?25h');
    expect(process.listenerCount('exit')).toBe(new Set(process.listeners('exit')).size);
  });
});

describe('the plain view', () => {
  it('writes one line as a phase begins and one every few seconds', () => {
    const written: string[] = [];
    const view = new PlainView({ write: (text) => written.push(text) });
    const at = (elapsedMs: number, phase: number): void => view.update({ ...scene(), elapsedMs, phase });
    at(0, 0);
    at(100, 0);
    at(5000, 0);
    at(9700, 1);
    at(9800, 1);
    expect(written.map((line) => line.slice(0, 16).trimEnd())).toEqual([
      '0:00  healthy',
      '0:05  healthy',
      '0:09  revoked',
    ]);
  });
});

describe.each([60, 80, 100])('the closing table at %i columns', (columns) => {
  it('stays within the width and has a row for each phase', () => {
    const table = closingTable(scene(), { columns, color: false });
    expect(widest(table)).toBeLessThan(columns);
    for (const { name } of scene().phases) expect(table.some((line) => line.startsWith(name))).toBe(true);
    expect(table.find((line) => line.startsWith('the day'))).toMatch(/^the day +22 +38 +100 +60 +0 +100$/);
  });
});

describe('the closing table', () => {
  it('leaves out phases that were not reached', () => {
    const table = closingTable({ ...scene(), phase: 1 }, { columns: 80, color: false });
    expect(table.some((line) => line.startsWith('down'))).toBe(false);
  });
});

describe('the picture', () => {
  it('draws each slot of both sides and closes what it opens', () => {
    const svg = closingSvg(scene());
    expect(svg.match(/fill="#3fb950"\/>/g)).toHaveLength(22 + 60 + 1);
    expect(svg.match(/fill="#f85149"\/>/g)).toHaveLength(38 + 1);
    expect(svg.match(/<text /g)?.length).toBe(svg.match(/<\/text>/g)?.length);
    expect(svg).toContain('100.0 % answered');
  });

  it('escapes what names may hold', () => {
    const [bare, wrapped] = scene().sides;
    const svg = closingSvg({ ...scene(), sides: [{ ...bare, title: 'a < b & c' }, wrapped] });
    expect(svg).toContain('a &lt; b &amp; c');
    expect(svg).not.toContain('a < b');
  });
});
