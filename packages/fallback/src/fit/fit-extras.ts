import type { ModelCapabilities } from '../models/capabilities.ts';
import type { Draft } from './draft.ts';

/** Tiers that not every model has. */
const specialTiers = new Set<unknown>(['flex', 'priority', 'fast']);

/** What makes an answer shorter, faster or cheaper, and is not missed when it is gone. A search is. */
export function fitExtras(draft: Draft, can: ModelCapabilities): string | undefined {
  if (can.webSearch === false && draft.get('web_search_options') !== undefined) return 'it does not search the web';
  if (can.verbosity === false)
    for (const place of ['verbosity', 'text.verbosity']) draft.drop(place, 'the model is as verbose as it is');
  if (can.prediction === false) draft.drop('prediction', 'the model takes no prediction');
  const tier = draft.get('service_tier');
  if (can.serviceTiers !== undefined && specialTiers.has(tier) && !can.serviceTiers.includes(String(tier)))
    draft.drop('service_tier', 'the model does not have this tier');
  if (can.promptCacheOptions === false) draft.drop('prompt_cache_options', 'the model caches prompts in its own way');
  const retention = draft.get('prompt_cache_retention');
  if (can.promptCacheRetentions?.includes(String(retention)) === false)
    draft.drop('prompt_cache_retention', 'the model does not keep prompts for that long');
  return undefined;
}
