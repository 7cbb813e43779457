import type { Call, CallChanges } from '@holdfast/core';

type Place = Pick<CallChanges, 'url' | 'route' | 'credential' | 'headerChanges'>;

/** Whether a rung aimed the call at an endpoint of its own, whose key then stands in the place of the client's. */
const isAimed = (call: Call, answered: Call): boolean =>
  answered.url !== call.url || (answered.header('authorization') === null && call.header('authorization') !== null);

/** Where `call` was answered, if a rung aimed it elsewhere: what was said there is gone on with there. */
export const placeOf = (call: Call, answered: Call): Partial<Place> => (isAimed(call, answered) ? taken(answered) : {});

/**
 * Where `call` was answered, and by which credential: a response lives in a project, and the key of another would not
 * find it. A token is not kept, as it may have run out; who gives tokens gives those of one project.
 */
export function homeOf(call: Call, answered: Call): Partial<Place> {
  if (isAimed(call, answered)) return taken(answered);
  const { credential } = answered;
  if (credential?.kind !== 'key') return {};
  // Without a header of the client's, no layer puts another credential in its place.
  return { credential, headerChanges: { ...call.headerChanges, authorization: null } };
}

const taken = ({ url, route, credential, headerChanges }: Call): Place => ({ url, route, credential, headerChanges });
