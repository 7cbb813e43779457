import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A series as Prometheus answers it. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Pairs of seconds since the Unix epoch and value. */
  readonly values: readonly (readonly [number, string])[];
}

/** A Prometheus of our own, on loopback, with data in a folder that goes with it. */
export interface Prometheus extends AsyncDisposable {
  /** Answers of `/api/v1/query_range`. @throws Error with the words of Prometheus for a query that it refuses. */
  range(
    query: string,
    span: { readonly start: number; readonly end: number; readonly step: number },
  ): Promise<Series[]>;
}

/** Whether Debian's package, or another one, is installed. */
export const hasPrometheus = (): boolean => spawnSync('prometheus', ['--version']).status === 0;

/**
 * Starts Prometheus over one target.
 *
 * @param target - host and port whose `/metrics` is scraped, twice a second.
 * @throws Error when it does not get ready within ten seconds.
 */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const config = join(folder, 'prometheus.yaml');
  const jobs = `scrape_configs: [{ job_name: answers, static_configs: [{ targets: ['${target}'] }] }]`;
  writeFileSync(config, `global: { scrape_interval: 500ms, scrape_timeout: 400ms }\n${jobs}\n`);
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const close = async (): Promise<void> => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await isReady(`http://${address}/-/ready`))) {
    await close();
    throw new Error(`prometheus did not get ready at ${address} within 10 s`);
  }
  return {
    async range(query, { start, end, step }) {
      const asked = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
      const response = await fetch(`http://${address}/api/v1/query_range?${asked}`);
      const answer = (await response.json()) as { error?: string; data?: { result: Series[] } };
      if (answer.data === undefined) throw new Error(`prometheus refused "${query}": ${answer.error}`);
      return answer.data.result;
    },
    [Symbol.asyncDispose]: close,
  };
}

async function isReady(url: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    const isOk = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isOk) return true;
    await delay(100);
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
