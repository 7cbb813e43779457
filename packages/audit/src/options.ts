import { checkOptions, OptionError, rules, Secret, systemClock, type Clock, type Rule } from '@holdfast/core';
import type { RecordEvent } from './audit-writer.ts';
import type { AuditSink } from './sink.ts';

/** What becomes of a call whose line cannot be written. */
export type FailMode = 'open' | 'closed';

/** What is written down, where, and what happens when it cannot be. */
export interface AuditOptions {
  /** Where lines go: `fileSink`, `stdoutSink`, `callbackSink`, or one of your own. */
  readonly sink: AuditSink;
  /**
   * `open`: calls go on, and the log tells how many lines it lacks. `closed`: while lines cannot be written, calls are
   * refused with `audit_unavailable` before they are sent. For all, or for each class of event; where security events
   * are closed, there is as much room again for their lines as `maxQueue` says.
   *
   * @defaultValue 'open'
   */
  readonly fail?: FailMode | { readonly call?: FailMode; readonly security?: FailMode };
  /** Key of the chain: with it nobody who can write the log can write another one. At least 16 characters. */
  readonly key?: string | Secret;
  /** Key under which bodies are told, so that a known content can be found and no other. At least 16 characters. */
  readonly contentKey?: string | Secret;
  /** Whether lines tell the tenant of the hints. @defaultValue true */
  readonly tenants?: boolean;
  /** Lines that wait to be written, at most. @defaultValue 10000 */
  readonly maxQueue?: number;
  /** How long until a failed write is tried again, in milliseconds. @defaultValue 1000 */
  readonly retryMs?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /** Told of each line: written, or dropped. */
  readonly onRecord?: (event: RecordEvent) => void;
}

/** Options with their defaults. */
export interface ResolvedAuditOptions {
  readonly sink: AuditSink;
  readonly fail: Readonly<Record<'call' | 'security', FailMode>>;
  readonly key: Secret | undefined;
  readonly contentKey: Secret | undefined;
  readonly tenants: boolean;
  readonly maxQueue: number;
  readonly retryMs: number;
  readonly clock: Clock;
  readonly onRecord: AuditOptions['onRecord'];
}

export const defaults: Readonly<Pick<ResolvedAuditOptions, 'tenants' | 'maxQueue' | 'retryMs'> & { fail: FailMode }> =
  Object.freeze({ fail: 'open', tenants: true, maxQueue: 10_000, retryMs: 1000 });

/** Shorter keys can be guessed. */
const shortestKey = 16;

/** Those without a rule have one of their own below. A misspelt option must not open what was to be closed. */
const known: Readonly<Record<keyof AuditOptions, Rule | undefined>> = {
  sink: undefined,
  fail: undefined,
  key: undefined,
  contentKey: undefined,
  tenants: rules.flag,
  maxQueue: rules.wholeFrom(1),
  retryMs: rules.wholeFrom(1),
  clock: undefined,
  onRecord: rules.callback,
};

/** @throws OptionError when an option breaks its rule. */
export function resolveOptions(options: AuditOptions): ResolvedAuditOptions {
  checkOptions('audit', options, known);
  const { sink, onRecord } = options;
  if (typeof sink?.write !== 'function')
    throw new OptionError('audit.sink', 'a sink, such as fileSink({ path })', sink);
  return {
    sink,
    onRecord,
    tenants: options.tenants ?? defaults.tenants,
    fail: failOf(options.fail),
    key: keyOf('audit.key', options.key),
    contentKey: keyOf('audit.contentKey', options.contentKey),
    maxQueue: options.maxQueue ?? defaults.maxQueue,
    retryMs: options.retryMs ?? defaults.retryMs,
    clock: options.clock ?? systemClock,
  };
}

function failOf(fail: AuditOptions['fail'] = defaults.fail): ResolvedAuditOptions['fail'] {
  const {
    call = defaults.fail,
    security = defaults.fail,
    ...others
  } = typeof fail === 'object' && fail !== null ? fail : { call: fail, security: fail };
  const isMode = (mode: unknown): boolean => mode === 'open' || mode === 'closed';
  if (!isMode(call) || !isMode(security) || Object.keys(others).length > 0)
    throw new OptionError('audit.fail', "'open', 'closed', or one of them for each of call and security", fail);
  return { call, security };
}

function keyOf(option: string, key: string | Secret | undefined): Secret | undefined {
  if (key === undefined) return undefined;
  if (typeof key !== 'string' && !(key instanceof Secret))
    throw new OptionError(option, 'a text or a Secret', typeof key);
  const length = typeof key === 'string' ? key.length : key.reveal().length;
  if (length < shortestKey) throw new OptionError(option, `at least ${shortestKey} characters`, `${length} characters`);
  return typeof key === 'string' ? Secret.from(key, option) : key;
}
