import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { asked, valueOf } from '../../test/canary.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { CredentialSource } from '../source.ts';
import { fileKey } from './file-key.ts';

interface Watched {
  readonly clock: ManualClock;
  readonly source: CredentialSource;
  /** The values that were found when a change was told. */
  readonly found: string[];
  readonly stop: () => void;
}

/** Watches as a cached credential does: what is told is read. */
async function watched(path: string, options: { readonly reads?: boolean } = {}): Promise<Watched> {
  const clock = new ManualClock();
  const source = fileKey(path, { clock, settleMs: 100, pollMs: 30_000, allowReadable: true });
  const found: string[] = [];
  const read = async (): Promise<void> => {
    const [value] = await valueOf(source.read(asked()));
    found.push(value);
  };
  if (options.reads !== false) await source.read(asked());
  const stop = source.watch?.(() => void read()) ?? expect.unreachable();
  onTestFinished(stop);
  return { clock, source, found, stop };
}

/** Turns the clock, little by little so that nothing but the folder's own events can have told, until `values` came. */
const until = (watch: Watched, values: readonly string[], stepMs = 25): Promise<void> =>
  vi.waitFor(
    async () => {
      await watch.clock.advance(stepMs);
      expect(watch.found).toEqual(values);
    },
    { timeout: 5000, interval: 5 },
  );

/** Lets the events of the system come, and everything that they start. */
const quiet = async ({ clock }: Pick<Watched, 'clock'>): Promise<void> => {
  for (let round = 0; round < 20; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await clock.advance(50);
  }
};

const put = (path: string, text: string): void => writeFileSync(path, text, { mode: 0o600 });

describe('a watched file', () => {
  it('that is written anew is told', async () => {
    const path = join(temporaryFolder(), 'key');
    put(path, 'one');
    const watch = await watched(path);
    put(path, 'two-more');
    await until(watch, ['two-more']);
    expect(watch.clock.monotonic()).toBeLessThan(30_000);
  });

  it('that is replaced by renaming is told, again and again', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'key');
    put(path, 'one');
    const watch = await watched(path);
    const values: string[] = [];
    for (const value of ['two', 'six', 'ten']) {
      put(join(folder, 'next'), value);
      renameSync(join(folder, 'next'), path);
      values.push(value);
      await until(watch, values);
    }
    expect(watch.clock.monotonic()).toBeLessThan(30_000);
  });

  it('that Kubernetes swaps by a link is told', async () => {
    const folder = temporaryFolder();
    const mount = (name: string, key: string): void => {
      mkdirSync(join(folder, name));
      put(join(folder, name, 'key'), key);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    mount('..1', 'one');
    symlinkSync('..data/key', join(folder, 'key'));
    const watch = await watched(join(folder, 'key'));
    mount('..2', 'two');
    rmSync(join(folder, '..1'), { recursive: true });
    await until(watch, ['two']);
    expect(watch.clock.monotonic()).toBeLessThan(30_000);
  });

  it('that is emptied or removed is told once there is something in it again', async () => {
    const path = join(temporaryFolder(), 'key');
    put(path, 'one');
    const watch = await watched(path);
    put(path, '');
    await quiet(watch);
    rmSync(path);
    await quiet(watch);
    expect(watch.found).toEqual([]);
    put(path, 'two');
    await until(watch, ['two']);
  });

  it('is told once for each change, whether anybody reads it or not', async () => {
    const path = join(temporaryFolder(), 'key');
    put(path, 'one');
    const clock = new ManualClock();
    const source = fileKey(path, { clock });
    await source.read(asked());
    let told = 0;
    onTestFinished(source.watch?.(() => told++) ?? expect.unreachable());
    put(path, 'two-more');
    for (let round = 0; round < 6; round++) {
      await quiet({ clock });
      await clock.advance(30_000);
    }
    expect(told).toBe(1);
  });

  it('that goes on changing is told when it stands still', async () => {
    const path = join(temporaryFolder(), 'key');
    put(path, 'one');
    const watch = await watched(path);
    for (let size = 1; size <= 5; size++) {
      put(path, 'x'.repeat(size));
      await vi.waitFor(() => expect(watch.clock.pendingTimers).toBe(2), { timeout: 5000, interval: 5 });
      await watch.clock.advance(60);
      expect(watch.found).toEqual([]);
    }
    await until(watch, ['xxxxx']);
  });

  it('is not told of others in its folder, nor of what was read meanwhile', async () => {
    const folder = temporaryFolder();
    put(join(folder, 'key'), 'one');
    const watch = await watched(join(folder, 'key'));
    put(join(folder, 'other'), 'x');
    await quiet(watch);
    put(join(folder, 'key'), 'two');
    await watch.source.read(asked());
    await quiet(watch);
    expect(watch.found).toEqual([]);
  });

  it('is looked at now and then, as a link may lead to where nobody watches', async () => {
    const elsewhere = join(temporaryFolder(), 'key');
    const path = join(temporaryFolder(), 'key');
    put(elsewhere, 'one');
    symlinkSync(elsewhere, path);
    const watch = await watched(path);
    put(elsewhere, 'two-more');
    await quiet(watch);
    expect(watch.found).toEqual([]);
    await until(watch, ['two-more'], 10_000);
  });

  it('is watched from the moment that its folder is there', async () => {
    const folder = join(temporaryFolder(), 'mount');
    const watch = await watched(join(folder, 'key'), { reads: false });
    mkdirSync(folder);
    put(join(folder, 'key'), 'one');
    await watch.source.read(asked());
    await watch.clock.advance(30_000);
    await quiet(watch);
    put(join(folder, 'key'), 'two-more');
    await until(watch, ['two-more']);
    expect(watch.clock.monotonic()).toBeLessThan(60_000);
  });

  it('is left alone before anybody has a value of it', async () => {
    const path = join(temporaryFolder(), 'key');
    const watch = await watched(path, { reads: false });
    put(path, 'one');
    await quiet(watch);
    await watch.clock.advance(60_000);
    expect(watch.found).toEqual([]);
  });

  it('is watched no more once that is ended, and leaves no timer', async () => {
    const path = join(temporaryFolder(), 'key');
    put(path, 'one');
    const watch = await watched(path);
    put(path, 'two');
    await vi.waitFor(() => expect(watch.clock.pendingTimers).toBe(2), { timeout: 5000, interval: 5 });
    watch.stop();
    watch.stop();
    expect(watch.clock.pendingTimers).toBe(0);
    put(path, 'three');
    await quiet(watch);
    expect(watch.found).toEqual([]);
    expect(watch.clock.pendingTimers).toBe(0);
  });

  it('keeps no process alive', async () => {
    const path = join(temporaryFolder(), 'key');
    put(path, 'one');
    const module = new URL('file-key.ts', import.meta.url).href;
    const script = `const { fileKey } = await import(${JSON.stringify(module)});
      const source = fileKey(${JSON.stringify(path)});
      await source.read({ signal: new AbortController().signal });
      source.watch(() => {});`;
    const child = spawn(process.execPath, ['--conditions=@holdfast/source', '--input-type=module', '-e', script]);
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
  });
});
