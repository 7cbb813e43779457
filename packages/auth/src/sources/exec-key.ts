import { basename } from 'node:path';
import { checkOptions, OptionError, systemClock, type Clock, type Rule } from '@holdfast/core';
import type { Environment } from './env-keys.ts';
import type { CredentialSource } from '../source.ts';
import { defaults, sourceRules } from './options.ts';
import { runCommand, type Command } from './run-command.ts';
import { sourceId } from './source-id.ts';
import { tokenDocument } from './token-document.ts';

/** What {@link execKey} runs. */
export interface ExecKeyOptions {
  /** The program. An absolute path is looked for nowhere else; a name is looked for in `PATH`. No shell is involved. */
  readonly command: string;
  /**
   * Its arguments, each handed over as it stands. Everybody on the machine can see them: no secrets here.
   * @defaultValue none
   */
  readonly args?: readonly string[];
  /**
   * Its whole environment.
   * @defaultValue `PATH` and `HOME` of this process, and on Windows what programs need to start; no key of this process
   */
  readonly env?: Environment;
  /**
   * Longest time that it may take, in milliseconds.
   * @defaultValue 5000
   */
  readonly timeoutMs?: number;
  /**
   * Most that it may write, in bytes.
   * @defaultValue 65536
   */
  readonly maxBytes?: number;
  /**
   * How long after SIGTERM it gets SIGKILL, in milliseconds.
   * @defaultValue 1000
   */
  readonly killAfterMs?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /**
   * Name of the credential in journeys, spans and errors.
   * @defaultValue `exec:` and the name of the program
   */
  readonly id?: string;
}

/**
 * What a program gives that is run when a token is needed. It ends with exit code 0 and writes
 * `{ "version": 1, "token": "…", "expires_at": … }`; `expires_at` is seconds since the Unix epoch or a date as in
 * ISO 8601, and may be missing. Its standard error is dropped.
 *
 * @throws OptionError when an option breaks its rule. Reading it: CredentialError naming the exit code or the bound.
 */
export function execKey(options: ExecKeyOptions): CredentialSource {
  const command = commandOf(options);
  return {
    id: command.id,
    kind: 'token',
    read: async ({ signal }) => tokenDocument(command.id, await runCommand(command, signal), 1),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');

const argsRule: Rule = {
  expected: 'a list of strings',
  holds: (value) => Array.isArray(value) && value.every(isText),
};

const envRule: Rule = {
  expected: 'an object of variables',
  holds: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((entry) => entry === undefined || isText(entry)),
};

function commandOf(options: ExecKeyOptions): Command {
  checkOptions('execKey', options, {
    command: { expected: 'the path or name of a program', holds: (value) => isText(value) && value !== '' },
    args: argsRule,
    env: envRule,
    timeoutMs: sourceRules.durationMs,
    maxBytes: sourceRules.bytes,
    killAfterMs: sourceRules.durationMs,
    clock: sourceRules.clock,
    id: sourceRules.name,
  });
  const { command, args = [], env = minimalEnvironment(), clock = systemClock } = options;
  if (command === undefined) throw new OptionError('execKey.command', 'the path or name of a program', command);
  const { timeoutMs, maxBytes, killAfterMs } = defaults.exec;
  const { id = sourceId('exec', basename(command)) } = options;
  const bounds = {
    timeoutMs: options.timeoutMs ?? timeoutMs,
    maxBytes: options.maxBytes ?? maxBytes,
    killAfterMs: options.killAfterMs ?? killAfterMs,
  };
  return { id, command, args: [...args], env, clock, ...bounds };
}

/** What a program cannot do without. Keys of this process are not among it. */
function minimalEnvironment(): Environment {
  const names = process.platform === 'win32' ? ['SystemRoot', 'USERPROFILE', 'TEMP', 'PATHEXT'] : ['HOME'];
  return Object.fromEntries(['PATH', ...names].map((name) => [name, process.env[name]]));
}
