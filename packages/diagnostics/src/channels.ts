import { channel, type Channel } from 'node:diagnostics_channel';
import type { DiagnosticFact } from './facts.ts';

/** A kind of fact, which names its channel. */
export type FactType = DiagnosticFact['type'];

/** The channel of each kind of fact, and when something is published there. */
export const diagnosticChannels: Readonly<Record<FactType, { readonly name: string; readonly when: string }>> = {
  'call:start': { name: 'holdfast:call:start', when: 'a call begins' },
  'call:end': { name: 'holdfast:call:end', when: 'the body of its answer ended, or it has none; once for each call' },
  'attempt:start': { name: 'holdfast:attempt:start', when: 'a request is about to leave' },
  'attempt:end': { name: 'holdfast:attempt:end', when: 'its headers came, or it failed' },
  'attempt:settled': { name: 'holdfast:attempt:settled', when: 'the body of its answer ended, or it has none' },
  event: { name: 'holdfast:event', when: 'a layer told something: `name`, `service` and `detail`' },
};

/** The channels of this process. Held, as Node lets go of one that nobody holds. */
export const open = Object.freeze(
  Object.fromEntries(Object.entries(diagnosticChannels).map(([type, { name }]) => [type, channel(name)])),
) as Readonly<Record<FactType, Channel>>;
