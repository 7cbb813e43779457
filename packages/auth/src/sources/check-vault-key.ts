import { checkOptions, OptionError, rules } from '@holdfast/core';
import { sourceRules } from './options.ts';
import type { VaultKeyOptions } from './vault-options.ts';

/** @throws OptionError naming the option, the rule and what came, without quoting what may be a secret. */
export function checkVaultKey(options: VaultKeyOptions): void {
  checkOptions('vaultKey', options, {
    address: undefined,
    path: pathRule,
    login: { expected: 'one of token, appRole and kubernetes', holds: isLogin },
    engine: { expected: "'kv2' or 'dynamic'", holds: (value) => value === 'kv2' || value === 'dynamic' },
    mount: pathRule,
    field: sourceRules.name,
    version: rules.wholeFrom(1),
    namespace: pathRule,
    allowHttp: rules.flag,
    fetch: rules.callback,
    maxBytes: sourceRules.bytes,
    clock: sourceRules.clock,
    id: sourceRules.name,
  });
  const { address, path, login, allowHttp = false } = options;
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;
  const isBare = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === '';
  const isPrivate =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && (allowHttp || isLoopback(url.hostname)));
  if (!isBare || !isPrivate)
    throw new OptionError(
      'vaultKey.address',
      'an https address without user, query and fragment (http on this machine or with allowHttp)',
      typeof address === 'string' ? `${address.length} characters` : address,
    );
  if (path === undefined) throw new OptionError('vaultKey.path', pathRule.expected, path);
  if (login === undefined) throw new OptionError('vaultKey.login', 'one of token, appRole and kubernetes', login);
}

const pathRule = {
  expected: 'a path without empty parts, . and ..',
  holds: (value: unknown): boolean =>
    sourceRules.name.holds(value) && (value as string).split('/').every((part) => !/^\.{0,2}$/.test(part)),
};

const isLogin = (value: unknown): boolean => {
  const [login, ...others] = Object.entries(value ?? {}) as [string, unknown][];
  if (login === undefined || others.length > 0) return false;
  const [name, given] = login;
  return name === 'token' || (['appRole', 'kubernetes'].includes(name) && typeof given === 'object' && given !== null);
};

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host);
