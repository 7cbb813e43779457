/** One contestant in a process of its own, for there is one SDK to a process and patches stay. */
import { fileURLToPath } from 'node:url';
import { answering, isChildOf, startChild } from '../load/child.ts';
import { ownCpuOf, type Contestant } from '../paired.ts';
import type { Kind } from './canned.ts';
import { contestants } from './contestants.ts';

const here = fileURLToPath(import.meta.url);
const messages = [{ role: 'user' as const, content: 'Say something. '.repeat(20) }];

/** A contestant that answers one order after the other. */
export async function started(name: string, kind: Kind): Promise<Contestant & Disposable> {
  const child = await startChild<number, number>(here, { args: [name, kind] });
  return { name, run: (calls) => child.ask(calls), [Symbol.dispose]: () => child[Symbol.dispose]() };
}

if (isChildOf(here)) {
  const [name, kind] = process.argv.slice(2) as [string, Kind];
  const client = contestants[name]!.make(kind);
  const once = async (): Promise<void> => {
    if (kind === 'plain') await client.chat.completions.create({ model: 'gpt-5', messages });
    else for await (const _chunk of await client.chat.completions.create({ model: 'gpt-5', messages, stream: true }));
  };
  const run = ownCpuOf(async (calls) => {
    for (let call = 0; call < calls; call++) await once();
  });
  answering(run);
}
