import { boundToProject, type Call, type Operation } from '@holdfast/core';

/** What can be asked of any project; everything else is about objects that one project keeps. */
const movable = new Set<Operation>([
  'chat',
  'responses',
  'embeddings',
  'completions',
  'images',
  'audio',
  'moderations',
]);

/**
 * Why a call is not moved away from where its client points, as the rest of a sentence; `undefined` if it may be. What
 * it refers to lives in one project, and is not found by the key of another.
 */
export function whyItStays(call: Call, moveStored: boolean): string | undefined {
  const { operation, path } = call.route;
  // A voice that is made is kept, too.
  const isMovable = call.method === 'POST' && movable.has(operation) && !path.startsWith('/audio/voice');
  const bound = boundToProject(call);
  if (bound !== undefined) return bound;
  if (!isMovable) return `${call.method} ${kindOf(path)} is about what is kept in the project`;
  return moveStored || !isStored(call) ? undefined : 'its answer is stored, to be found where the client points';
}

/** Whether the answer is kept, for calls that refer to it later. */
export function isStored({ route: { operation }, body }: Call): boolean {
  if (operation !== 'responses' && operation !== 'chat') return false;
  const isSaid = typeof body.raw === 'string' && /"store"|\\u00/.test(body.raw);
  const { store } = isSaid ? body.fields(['store']) : {};
  return operation === 'responses' ? store !== false : store === true;
}

/** The first part of a path: ids that follow it say nothing here. */
const kindOf = (path: string): string => /^\/[a-z_]*/.exec(path)?.[0] ?? '/';
