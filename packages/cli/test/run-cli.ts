import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a run of the command line ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles once `text` has been printed. */
  readonly printed: (text: string) => Promise<void>;
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Starts `holdfast` as a process of its own, without a terminal and without the keys of the environment. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const inherited = { ...process.env };
  for (const name of Object.keys(inherited)) if (name.startsWith('OPENAI_')) delete inherited[name];
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', '--no-warnings', main, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => void (stdout.includes(text) && resolve());
      child.stdout.on('data', look);
      look();
      void ended.then(() => reject(new Error(`ended without printing ${JSON.stringify(text)}: ${stdout}${stderr}`)));
    });
  return { child, ended, printed };
}

/** Runs `holdfast` to its end. */
export const runCli = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> => startCli(args, env).ended;
