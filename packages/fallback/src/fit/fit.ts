import type { JsonObject, Operation } from '@holdfast/core';
import type { ModelCapabilities } from '../models/capabilities.ts';
import { Draft, type FitChange } from './draft.ts';
import { fitEmbeddings } from './fit-embeddings.ts';
import { fitExtras } from './fit-extras.ts';
import { fitFormat } from './fit-format.ts';
import { fitMedia } from './fit-media.ts';
import { fitOutput } from './fit-output.ts';
import { fitReasoning } from './fit-reasoning.ts';
import { fitSampling } from './fit-sampling.ts';
import { fitTools } from './fit-tools.ts';

export type { FitChange } from './draft.ts';

/** A request as a model takes it, or why it can take none, as the rest of a sentence. */
export type Fit =
  | { readonly json: JsonObject; readonly changes: readonly FitChange[]; readonly unfit?: never }
  | { readonly unfit: string };

/** For whom a request is to be fitted. */
export interface FitTarget {
  readonly operation: Operation;
  readonly model: string;
  /** What is known of it; of an unknown model nothing but the name is changed. */
  readonly capabilities: ModelCapabilities | undefined;
}

/** What is done for everything that answers in words. Sampling depends on the effort, the room on all the rest. */
const steps: readonly ((draft: Draft, can: ModelCapabilities) => string | undefined | void)[] = [
  fitMedia,
  fitTools,
  fitReasoning,
  fitSampling,
  fitFormat,
  fitExtras,
  fitOutput,
];

const inWords = new Set<Operation>(['chat', 'responses', 'completions']);

/**
 * The same request with parameters that `target` accepts: translated where it has another name for them, clamped
 * where it allows less, dropped where it has none. Parameters that nobody knows stay. `json` is not changed, and the
 * result fitted again is itself.
 */
export function fit(json: JsonObject, { operation, model, capabilities }: FitTarget): Fit {
  const draft = new Draft(json, operation);
  const unfit = whyUnfit(draft, model, capabilities);
  if (unfit !== undefined) return { unfit };
  return { json: { ...draft.json, model }, changes: draft.changes };
}

function whyUnfit(draft: Draft, model: string, can: ModelCapabilities | undefined): string | undefined {
  const { operation } = draft;
  if (can?.operations?.includes(operation) === false) return `it is not asked for ${operation}`;
  if (operation === 'embeddings') return fitEmbeddings(draft, model, can);
  if (can === undefined || !inWords.has(operation)) return undefined;
  for (const step of steps) {
    const unfit = step(draft, can);
    if (unfit !== undefined) return unfit;
  }
  return undefined;
}
