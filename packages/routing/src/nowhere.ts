import { refuse, type Call } from '@holdfast/core';
import type { Group } from './members.ts';

/** Refuses a call that could be sent to none of the endpoints. */
export const nowhere = (call: Call, group: Group): Response => (call.isHedge ? crowded(call) : keyless(call, group));

/** A second request is not worth asking where there is no room for it. */
function crowded(call: Call): Response {
  return refuse(call, {
    layer: 'routing',
    code: 'rate_limited_local',
    message: 'No endpoint has room for a second request now; the first is still under way.',
  });
}

function keyless(call: Call, { candidates }: Group): Response {
  const names = candidates.map(({ name }) => `"${name}"`).join(', ');
  return refuse(call, {
    layer: 'routing',
    code: 'credentials_exhausted',
    message: `The key of none of the endpoints ${names} could be had; nothing was sent. The functions that give them failed.`,
  });
}
