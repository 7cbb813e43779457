export { demoUsage, parseDemoOptions, type DemoOptions } from './demo/options.ts';
export type { DemoOutput } from './demo/output.ts';
export { runDemo, type DemoIo, type DemoResult } from './demo/run.ts';
export { explainUsage, parseExplainOptions, type ExplainCommand } from './explain/options.ts';
export { runExplain, type ExplainIo } from './explain/run.ts';
export type { Phase } from './demo/day.ts';
export type { SideSnapshot, Snapshot } from './demo/snapshot.ts';
export type { Slot, Totals } from './demo/tally.ts';
export { UsageError } from './usage-error.ts';
