import { systemClock } from '@holdfast/core';
import type { CredentialSource, SourceContext } from '../source.ts';
import { checkVaultKey } from './check-vault-key.ts';
import { defaults } from './options.ts';
import { sourceId } from './source-id.ts';
import { failure } from './source-failure.ts';
import { fieldOf, isObject } from './take-in.ts';
import type { TakenIn } from './token-document.ts';
import { segments, vaultSession } from './vault-login.ts';
import type { VaultKeyOptions } from './vault-options.ts';
import { answerFailure, fieldAt, vaultRequest, type VaultAnswer, type VaultServer } from './vault-request.ts';

/**
 * A key in HashiCorp Vault or OpenBao, over their HTTP interface and without a package. Logs in when it has to, and
 * once more when Vault answers 403. Asked again when the value was rejected or its lease has ended.
 *
 * @throws OptionError when an option breaks its rule. Reading it: CredentialError naming the status in words of ours.
 */
export function vaultKey(options: VaultKeyOptions): CredentialSource {
  checkVaultKey(options);
  const { engine = defaults.vault.engine, mount = defaults.vault.mount, field = defaults.vault.field } = options;
  const { id = sourceId('vault', engine === 'kv2' ? `${mount}/${options.path}` : options.path, field) } = options;
  const { address, namespace, fetch, maxBytes = defaults.vault.maxBytes, clock = systemClock, version } = options;
  const server: VaultServer = { id, address, namespace, fetch, maxBytes, clock };
  const session = vaultSession(server, options.login);
  const query = version === undefined ? '' : `?version=${version}`;
  const path = engine === 'kv2' ? `${segments(mount)}/data/${segments(options.path)}${query}` : segments(options.path);

  const ask = async (context: SourceContext): Promise<VaultAnswer> => {
    const { signal } = context;
    const token = await session(context);
    const answer = await vaultRequest(server, { path, token, signal });
    if (answer.status !== 403) return answer;
    const another = await session({ signal }, token);
    return another.equals(token) ? answer : vaultRequest(server, { path, token: another, signal });
  };

  return {
    id,
    kind: 'token',
    async read(context) {
      const startMs = clock.now();
      const answer = await ask({ signal: context.signal });
      if (answer.status !== 200) throw answerFailure(id, answer.status);
      return engine === 'kv2' ? stored(id, answer, field) : leased(id, answer, { field, startMs });
    },
  };
}

function stored(id: string, { fields }: VaultAnswer, field: string): TakenIn {
  const secret = fieldAt(fields, 'data', 'data');
  if (!isObject(secret))
    throw failure(id, 'expected a secret of a key-value engine, version 2, and got something else');
  return { value: fieldOf(id, secret, field) };
}

function leased(
  id: string,
  { fields }: VaultAnswer,
  want: { readonly field: string; readonly startMs: number },
): TakenIn {
  const secret = fieldAt(fields, 'data');
  if (!isObject(secret)) throw failure(id, 'expected a secret with fields, and got something else');
  const value = fieldOf(id, secret, want.field);
  const leaseSeconds = Number(fieldAt(fields, 'lease_duration') ?? 0);
  // Without a lease the number only says how often to look again, as the old key-value engine does.
  const hasLease = fieldAt(fields, 'lease_id') !== '' && leaseSeconds > 0;
  return hasLease ? { value, expiresAtMs: want.startMs + leaseSeconds * 1000 } : { value };
}
