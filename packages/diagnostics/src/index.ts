export { diagnosticChannels, type FactType } from './channels.ts';
export { diagnostics } from './diagnostics.ts';
export type {
  AttemptEnded,
  AttemptSettled,
  AttemptStarted,
  CallEnded,
  CallStarted,
  DiagnosticFact,
  LayerTold,
} from './facts.ts';
export type { DiagnosticsOptions } from './options.ts';
