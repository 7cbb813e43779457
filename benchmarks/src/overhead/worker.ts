/**
 * One contestant in a process of its own: what another leaves to the collector, and what code it shares with
 * another, would be counted as its own. Makes calls when it is told to, and tells the CPU that they took.
 */
import { ownCpuOf } from '../paired.ts';
import { contestants } from './contestants.ts';

const concurrency = 8;

const [name = '', kind, baseURL = ''] = process.argv.slice(2);
const make = contestants[name];
if (make === undefined) throw new Error(`no contestant is called "${name}"`);
const calls = make(baseURL);
const call = kind === 'streamed' ? calls.streamed : calls.plain;

const run = ownCpuOf(async (count) => {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
});

process.on('message', (count: number) => void run(count).then((cpuUs) => process.send?.(cpuUs)));
process.once('disconnect', () => process.exit());
