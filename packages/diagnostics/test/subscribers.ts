import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { announce, type Middleware } from '@holdfast/core';
import { afterEach } from 'vitest';
import { diagnosticChannels, type DiagnosticFact } from '../src/index.ts';

/** The name of every channel. */
export const everything: readonly string[] = Object.values(diagnosticChannels).map(({ name }) => name);

const subscribed: [string, (fact: unknown) => void][] = [];

/** Facts that are published on these channels from now on, to the end of the test. */
export function heard(...names: readonly string[]): DiagnosticFact[] {
  const facts: DiagnosticFact[] = [];
  const onFact = (fact: unknown): void => void facts.push(fact as DiagnosticFact);
  for (const name of names) {
    subscribe(name, onFact);
    subscribed.push([name, onFact]);
  }
  return facts;
}

/** Nobody listens any more. */
export function silence(): void {
  for (const [name, onFact] of subscribed.splice(0)) unsubscribe(name, onFact);
}

afterEach(silence);

/** Sends a second time, and says so. */
export const twice: Middleware = {
  name: 'twice',
  layer: 'retry',
  async handle(call, next) {
    await (await next(call)).text();
    announce(call.context, 'twice.onAgain', undefined, { callId: call.id });
    return next(call.with({ attempt: 2 }));
  },
};
