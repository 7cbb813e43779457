import type { Call } from '@holdfast/core';
import { asked } from './asked.ts';
import type { ResolvedRateLimitOptions } from './options.ts';

/** Longer names are cut, because what callers ask for must not fill the memory. */
const maxNameLength = 128;

/** Models whose family is remembered. */
const maxFamilies = 1000;

/** What shares limits: an endpoint, an account there, and a family of models. */
export interface LimitDomain {
  /** E.g. `https://api.openai.com gpt-5`. */
  readonly name: string;
  readonly family: string;
}

/**
 * Tells under which limits calls count. One like the call before gets the very same object, so that nothing is put
 * together again for it.
 */
export function limitDomains({ domain, family }: ResolvedRateLimitOptions): (call: Call) => LimitDomain {
  const families = new Map<string, string>();
  const familyOf = (call: Call, model: string): string => {
    if (model.length > maxNameLength) return model.slice(0, maxNameLength);
    let known = families.get(model);
    if (known === undefined) {
      known = cut((family && asked(call, 'family', family, model)) ?? undated(model));
      if (families.size >= maxFamilies) families.clear();
      families.set(model, known);
    }
    return known;
  };
  const account = (call: Call): string => cut((domain && asked(call, 'domain', domain, call)) ?? accountOf(call));
  let latest: { readonly origin: string; readonly account: string; readonly subject: string } | undefined;
  let found: LimitDomain = { name: '', family: '' };
  return (call) => {
    const { origin, operation } = call.route;
    const holder = account(call);
    const subject = call.body.model ?? operation;
    if (latest?.subject === subject && latest.origin === origin && latest.account === holder) return found;
    latest = { origin, account: holder, subject };
    const shared = call.body.model === undefined ? operation : familyOf(call, subject);
    found = { name: [origin, shared, holder].filter((part) => part !== '').join(' '), family: shared };
    return found;
  };
}

/** Dated snapshots share the limits of their model. */
export const undated = (model: string): string => model.replace(/-\d{4}-\d{2}-\d{2}$/, '');

/** The key that an endpoint brings is its account; for others what the request says of itself. */
function accountOf(call: Call): string {
  if (call.credential !== undefined) return call.credential.id;
  const organization = call.header('openai-organization');
  const project = call.header('openai-project');
  return organization === null && project === null ? '' : `${organization ?? ''}/${project ?? ''}`;
}

/** Callbacks may give something else than a text, too. */
const cut = (name: string): string => String(name).slice(0, maxNameLength);
