import { refuse, safeName, type Call, type AnsweredCode } from '@holdfast/core';

const say = (call: Call, code: AnsweredCode, message: string): Response =>
  refuse(call, { layer: 'auth', code, message });

export const refuseDisguised = (call: Call): Response =>
  say(
    call,
    'origin_not_bound',
    `The path of this ${call.method} hides an admin operation behind escapes or doubled slashes, so no credential ` +
      'is bound to it and nothing was sent. Write the path plainly.',
  );

/** A second request would do an admin operation twice. */
export const refuseHedgedAdmin = (call: Call): Response =>
  say(
    call,
    'credentials_exhausted',
    'An admin operation is sent once, so no admin credential is given to a hedge of it.',
  );

/** Whoever lets tenants make requests lets them choose paths, too. */
export const refuseTenantAdmin = (call: Call): Response =>
  say(call, 'credentials_exhausted', 'The call of a tenant gets no admin credential, and nothing was sent.');

export function refuseTenant(call: Call, why?: string): Response {
  const { tenant } = call.hints;
  const whose = tenant === undefined ? 'a call that names no tenant' : `tenant "${safeName(tenant)}"`;
  const reason = why === undefined ? '' : ` (${why})`;
  const hint = tenant === undefined ? ' Name one by hints({ tenant }), or give auth.credentials.' : '';
  return say(
    call,
    'credentials_exhausted',
    `There is no credential for ${whose}${reason}, and no other is used.${hint}`,
  );
}
