import { boundToProject, type Body, type Call } from '@holdfast/core';

/** Collections of what is kept in a project. */
const collections =
  /^\/(?:files|uploads|batches|vector_stores|conversations|containers|threads|assistants|skills|videos|evals|fine_tuning\/jobs)\/?$/;

/**
 * How a call is tied to the project where things are kept. `bound`: it refers to something there. `keeps`: it puts
 * something there, or lists it. Looks into the body only where it may say so.
 */
export function projectTie(call: Call): 'bound' | 'keeps' | undefined {
  if (boundToProject(call) !== undefined) return 'bound';
  const { path, operation } = call.route;
  // Responses are kept unless they say otherwise, completions only if they do.
  if (operation === 'responses') return storeOf(call.body) === false ? undefined : 'keeps';
  if (operation === 'chat') return storeOf(call.body) === true ? 'keeps' : undefined;
  return collections.test(path) ? 'keeps' : undefined;
}

/** Most requests do not have the word, and a native search tells so. */
const storeOf = (body: Body): unknown =>
  typeof body.raw === 'string' && body.raw.includes('"store"') ? body.fields(['store'])['store'] : undefined;
