export type { StoryAttempt, StoryEntry, StoryFault } from './entry.ts';
export { explain, explainJson } from './explain.ts';
export type { StoryFacts } from './facts.ts';
export type { ExplainOptions } from './options.ts';
export type { Explainable } from './story.ts';
