import { jsonReply } from './reply.ts';
import { refuse } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { Handler, Routes } from './router.ts';
import type { UpstreamState } from './state.ts';

/** Listed when every model is accepted. */
export const usualModels: readonly string[] = [
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'gpt-4o',
  'gpt-4o-mini',
  'text-embedding-3-small',
  'text-embedding-3-large',
];

/** When every model of the fake was made: long ago, and always the same. */
const modelCreated = 1_754_000_000;

const modelObject = (id: string): JsonObject => ({ id, object: 'model', created: modelCreated, owned_by: 'system' });

const requireKnown = (state: UpstreamState, id: string): void => {
  if (state.models !== undefined && !state.models.has(id))
    refuse(404, { message: `The model '${id}' does not exist`, param: 'model', code: 'model_not_found' });
};

const list: Handler = (state) =>
  jsonReply({ object: 'list', data: [...(state.models?.keys() ?? usualModels)].map(modelObject) });

const retrieve: Handler = (state, _request, [id = '']) => {
  requireKnown(state, id);
  return jsonReply(modelObject(id));
};

const remove: Handler = (state, _request, [id = '']) => {
  requireKnown(state, id);
  state.models?.delete(id);
  return jsonReply({ id, object: 'model', deleted: true });
};

/** Models. */
export const modelRoutes: Routes = {
  'GET /models': list,
  'GET /models/*': retrieve,
  'DELETE /models/*': remove,
};
