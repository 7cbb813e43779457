export { fallback } from './fallback.ts';
export type { FitChange } from './fit/fit.ts';
export type { LadderOptions, RungOptions } from './ladders.ts';
export type { ModelCapabilities } from './models/capabilities.ts';
export { partialOf, type PartialAnswer } from './mid-stream/broken-block.ts';
export type { MidStreamByOperation, MidStreamOptions, MidStreamPolicy } from './mid-stream/options.ts';
export type { DowngradeEvent, FallbackEvent, FallbackOptions } from './options.ts';
export type { JudgedAnswer, QualityOptions } from './quality.ts';
