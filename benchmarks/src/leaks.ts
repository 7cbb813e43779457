import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { farEnd } from '../../packages/transport/test/storm-far-end.ts';
import { resources, storm } from '../../packages/transport/test/storm.ts';

/**
 * Whether anything leaks: calls by the real client and by the bare `fetch`, given up at random moments, against
 * a far end that resets, cuts, stalls and refuses. The laws: no more connections than the pool may have, no
 * listener left on anybody's signal, no socket or timer left after `close()`, a heap that does not grow with
 * the calls, and a process that ends of its own.
 */
const calls = Number(process.env['CALLS'] ?? 100_000);
const seed = Number(process.env['SEED'] ?? 1);
const connections = 64;
const concurrency = 128;
/** What may be left per call once the program is warm; a listener or a promise would be more. */
const heapBytesPerCall = 50;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is alive, once everything that nobody holds has been given back. */
async function heapBytes(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    collect();
    // What a `FinalizationRegistry` holds goes in a turn of its own.
    await new Promise(setImmediate);
  }
  return process.memoryUsage().heapUsed;
}

async function holds(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let wait = 0; wait < 500; wait++) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

/** How a process ended that went through a storm, closed and had nothing else to do. */
async function ending(url: string): Promise<string> {
  const program = fileURLToPath(new URL('../../packages/transport/test/storm-exit.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', program, url, '1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  let closedAt = 0;
  child.stdout.on('data', (text: Buffer) => {
    said += String(text);
    closedAt = performance.now();
  });
  const stuck = setTimeout(() => child.kill(), 60_000);
  const code = await new Promise((resolve) => {
    child.once('exit', (status, signal) => resolve(status ?? signal));
  });
  clearTimeout(stuck);
  if (code !== 0 || said !== 'closed') return `ended with ${String(code)}: ${said}`;
  return `ended ${Math.round(performance.now() - closedAt)} ms after close()`;
}

const broken: string[] = [];
process.on('unhandledRejection', (reason) => void broken.push(`nobody caught ${String(reason)}`));

await using far = await farEnd();
const before = { sockets: resources('TCPSocketWrap'), timers: resources('Timeout') };
const storming = storm({ url: far.url, seed, connections, concurrency });
const heaps: number[] = [];
const steps = 10;
console.log('   calls  connected  running  queued  listeners  sockets  timers  far end  heap MB');
for (let step = 1; step <= steps; step++) {
  // Looked at in full flight as well, where the numbers are largest.
  const part = Math.round(calls / steps);
  const running = storming.run(part);
  const flight = setInterval(() => {
    const { sockets } = storming.standing();
    // A socket that was destroyed counts until its handle has closed, one turn later.
    if (sockets > before.sockets + 2 * connections) broken.push(`${sockets} sockets in full flight`);
  }, 100);
  await running;
  clearInterval(flight);
  if (!(await holds(() => storming.standing().running + storming.standing().queued === 0)))
    broken.push(`after ${storming.standing().calls} calls some are still under way`);
  heaps.push(await heapBytes());
  const { calls: done, connected, running: still, queued, listeners, sockets, timers } = storming.standing();
  const { open } = await far.seen();
  const row = [done, connected, still, queued, listeners, sockets, timers, open, mega(heaps.at(-1) ?? 0)];
  const widths = [8, 11, 9, 8, 11, 9, 8, 9, 9];
  console.log(row.map((cell, column) => String(cell).padStart(widths[column] ?? 8)).join(''));
  if (listeners > 0) broken.push(`${listeners} listeners after ${done} calls`);
  if (open > connections) broken.push(`${open} connections at the far end after ${done} calls, of ${connections}`);
}
broken.push(...storming.broken);

await storming.close();
const isClosed = await holds(async () => resources('TCPSocketWrap') <= before.sockets && (await far.seen()).open === 0);
if (!isClosed) broken.push(`after close() ${resources('TCPSocketWrap')} sockets are open`);
if (!(await holds(() => resources('Timeout') <= before.timers + 1)))
  broken.push(`after close() ${resources('Timeout')} timers are waiting, of ${before.timers} at the start`);

// The first two tenths warm code and caches up.
const warm = heaps[1] ?? 0;
const grownPerCall = ((heaps.at(-1) ?? 0) - warm) / (calls * 0.8);
if (grownPerCall > heapBytesPerCall && calls >= 20_000) broken.push(`the heap grows by ${grownPerCall} bytes a call`);

const { requests, mostOpen } = await far.seen();
console.log(`\nends: ${[...storming.ends].map(([name, count]) => `${name} ${count}`).join(', ')}`);
console.log(`connections: at most ${storming.mostConnected()} of ${connections}; the far end saw at most ${mostOpen}`);
console.log(
  `requests that reached the far end: ${requests}; heap per call once warm: ${grownPerCall.toFixed(1)} bytes`,
);
const end = await ending(far.url);
console.log(`a process of its own ${end}`);
if (!end.startsWith('ended ') || !end.endsWith('close()')) broken.push(end);
console.log(`still active: ${process.getActiveResourcesInfo().join(', ')}`);
for (const law of broken) console.log(`DOES NOT HOLD: ${law}`);
console.log(broken.length === 0 ? `nothing leaks after ${calls} calls` : `${broken.length} laws are broken`);
process.exitCode = broken.length === 0 ? 0 : 1;

function mega(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
