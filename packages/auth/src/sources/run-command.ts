import { spawn, type ChildProcess } from 'node:child_process';
import { guardTimer, type Clock } from '@holdfast/core';
import type { Environment } from './env-keys.ts';
import { failure, traitsOf } from './source-failure.ts';

/** A command with its bounds. */
export interface Command {
  readonly id: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly killAfterMs: number;
  readonly clock: Clock;
}

/**
 * What a command writes to its standard output, once it has ended well. It is ended when it takes too long, writes too
 * much or `signal` aborts; none of those waits until it is gone.
 *
 * @throws CredentialError naming the exit code, the signal or the bound; the reason of `signal` when that aborts.
 */
export async function runCommand(command: Command, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const { id, timeoutMs, clock } = command;
  const child = start(command);
  const { promise, reject } = outputOf(child, command);
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = clock.setTimer(() => reject(failure(id, `took longer than ${timeoutMs} ms`)), timeoutMs, guardTimer);
  try {
    return await promise;
  } catch (error) {
    kill(child, command);
    throw error;
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

function start({ id, command, args, env }: Command): ChildProcess {
  try {
    return spawn(command, args, {
      env: { ...env },
      // Standard error may quote what the command knows, so nobody reads it.
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: false,
      windowsHide: true,
    });
  } catch (error) {
    // It would show command and arguments.
    throw failure(id, `could not be run${traitsOf(error)}`);
  }
}

interface Output {
  readonly promise: Promise<string>;
  /** Gives up on it. */
  readonly reject: (error: Error) => void;
}

function outputOf(child: ChildProcess, { id, maxBytes }: Command): Output {
  let resolve!: (text: string) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<string>((...settle) => ([resolve, reject] = settle));
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) reject(failure(id, `wrote more than ${maxBytes} bytes`));
  });
  child.on('error', (error) => reject(failure(id, `could not be run${traitsOf(error)}`)));
  child.on('close', (code, by) => {
    if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
    else reject(failure(id, by === null ? `ended with exit code ${code}` : `was ended by ${by}`));
  });
  return { promise, reject };
}

/** Asks it to end, and ends it when it does not. */
function kill(child: ChildProcess, { clock, killAfterMs }: Command): void {
  // What it goes on to write is read by nobody, also where a child of its own holds the pipe open.
  child.stdout?.destroy();
  if (child.exitCode !== null || !child.kill('SIGTERM')) return;
  const timer = clock.setTimer(() => child.kill('SIGKILL'), killAfterMs);
  child.once('exit', () => timer.cancel());
}
