import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, type Fetch, type Middleware, type Pipeline } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { audit, type AuditLine, type AuditMiddleware, type AuditOptions } from '../src/index.ts';

export const url = 'https://api.openai.com/v1/chat/completions';
export const init: RequestInit = { method: 'POST', body: '{"model":"gpt-5","messages":[]}' };

/** A service with a log and nothing else but `inner`. */
export function service(
  upstream: Fetch,
  options: AuditOptions,
  inner: readonly Middleware[] = [],
): { resilient: Pipeline; layer: AuditMiddleware; clock: ManualClock; warnings: string[] } {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const layer = audit({ clock, ...options });
  const builder = pipeline({ service: 'shop', clock, fetch: upstream, warn: (text) => void warnings.push(text) }).use(
    layer,
  );
  for (const one of inner) builder.use(one);
  return { resilient: builder.build(), layer, clock, warnings };
}

/** A sink that keeps what it gets, and fails while it is told to. */
export function memorySink() {
  const kept: string[] = [];
  const state = { fails: false, asked: 0 };
  return {
    name: 'memory',
    kept,
    state,
    get lines(): AuditLine[] {
      return kept.map((line) => JSON.parse(line) as AuditLine);
    },
    async write(lines: readonly string[]): Promise<void> {
      state.asked++;
      if (state.fails) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      kept.push(...lines);
    },
  };
}

/** A folder that goes with the test. */
export function folder(): {
  readonly file: (name: string) => string;
  readonly read: (name: string) => string;
  [Symbol.dispose](): void;
} {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-audit-'));
  return {
    file: (name) => join(path, name),
    read: (name) => readFileSync(join(path, name), 'utf8'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
