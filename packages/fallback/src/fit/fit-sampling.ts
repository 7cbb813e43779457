import type { ModelCapabilities } from '../models/capabilities.ts';
import type { Draft } from './draft.ts';
import { effortOf, withoutIncluded } from './fit-reasoning.ts';

/** What no model takes that reasons, at whatever effort. */
const always = ['presence_penalty', 'frequency_penalty', 'logit_bias'];
/** What some models take as long as they do not reason. */
const sometimes = ['temperature', 'top_p', 'logprobs', 'top_logprobs'];

/** How words are chosen is up to the model where it reasons. */
export function fitSampling(draft: Draft, can: ModelCapabilities): void {
  if (can.stop === false) draft.drop('stop', 'the model ends where it ends');
  const { sampling = true } = can;
  if (sampling === true) return;
  const isFree = sampling === 'without_reasoning' && effortOf(draft, can) === 'none';
  const reason = 'the model chooses its words by itself';
  for (const name of isFree ? always : [...sometimes, ...always]) {
    // The one value that every model takes.
    if (name === 'temperature' && draft.get(name) === 1) continue;
    draft.drop(name, reason);
  }
  if (!isFree) withoutIncluded(draft, 'message.output_text.logprobs', reason);
}
