import {
  observe,
  refuse,
  untilAborted,
  type Call,
  type Context,
  type Middleware,
  type Next,
  type Outcome,
} from '@holdfast/core';
import { AuditWriter, type AuditStatus } from './audit-writer.ts';
import { callRecord } from './call-record.ts';
import { failureWords } from './failure-words.ts';
import { resolveOptions, type AuditOptions, type ResolvedAuditOptions } from './options.ts';
import { guardRecords, securityRecord } from './security-events.ts';

/** The layer, with a window on its log. */
export interface AuditMiddleware extends Middleware {
  /** How the log stands. Keep `status().end` elsewhere now and then, and nothing can be cut off unnoticed. */
  status(): AuditStatus;
  /** Waits until every line so far is written, or a write has failed. */
  flush(): Promise<void>;
  /** Writes what is left, and closes the sink. What cannot be written then is told to `warn`. */
  close(): Promise<void>;
}

/**
 * Writes one line for each call, however it ended, and one for each event about security: JSON, each with the hash of
 * the one before, so that none can be changed, taken out or put in unnoticed. No line holds a secret, a prompt or a
 * completion.
 *
 * A line is written when the body of the answer has ended. A call does not wait for it; with `fail: 'closed'` it is
 * refused with `audit_unavailable`, before anything is sent, where there is no room for its line or the lines before it
 * cannot be written.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function audit(options: AuditOptions): AuditMiddleware {
  const resolved = resolveOptions(options);
  const writer = new AuditWriter(resolved);
  const isClosed = resolved.fail.call === 'closed' || resolved.fail.security === 'closed';
  let own: Context | undefined;
  return {
    name: 'audit',
    layer: 'audit',
    assembled({ context }) {
      own ??= context;
    },
    handle(call, next) {
      return isClosed ? admitted(call, next, { writer, resolved }) : recorded(call, next, { writer, resolved });
    },
    onEvent(event) {
      const record = securityRecord(event);
      if (record !== undefined && own !== undefined) writer.add(() => record, { class: 'security', context: own });
    },
    status: () => writer.status,
    flush: () => writer.flush(),
    close: () => writer.close(),
    describe: () => described(resolved),
  };
}

interface Log {
  readonly writer: AuditWriter;
  readonly resolved: ResolvedAuditOptions;
}

/** Lets a call go only where its line can be written. */
async function admitted(call: Call, next: Next, log: Log): Promise<Response> {
  const { writer, resolved } = log;
  const opening = writer.open(call.context).then(() => writer.status.failure, failureWords);
  let failure: string | undefined;
  try {
    failure = await untilAborted(opening, call.signal);
  } catch (error) {
    return recorded(call, () => Promise.reject(error), log);
  }
  if (failure === undefined && writer.reserve()) return recorded(call, next, { ...log, hasRoom: true });
  const why = failure ?? `${writer.status.waiting} lines wait to be written`;
  const response = refuse(call, {
    layer: 'audit',
    code: 'audit_unavailable',
    message: `The audit log cannot take this call, which is refused for that: ${why} (${resolved.sink.name}).`,
    retryAfterMs: resolved.retryMs,
  });
  // It has no room, so it is counted. Adding it makes the writer try again.
  return recorded(call, () => Promise.resolve(response), log);
}

function recorded(
  call: Call,
  next: Next,
  { writer, resolved, hasRoom }: Log & { readonly hasRoom?: boolean },
): Promise<Response> {
  return observe(call, next, (outcome: Outcome) => {
    const { context } = call;
    writer.add(() => callRecord(call, outcome, resolved), { class: 'call', context }, hasRoom);
    for (const record of guardRecords(call.journey)) writer.add(() => record, { class: 'security', context });
  });
}

function described({ sink, fail, key, contentKey, tenants }: ResolvedAuditOptions): string {
  const parts = [
    `a line per call to ${sink.name}`,
    fail.call === fail.security ? `fails ${fail.call}` : `calls fail ${fail.call}, security events ${fail.security}`,
    key === undefined ? 'chained' : 'chained under a key',
  ];
  if (contentKey !== undefined) parts.push('contents as keyed hashes');
  if (!tenants) parts.push('no tenants');
  return parts.join('; ');
}
