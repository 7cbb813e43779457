import { checkOptions } from '@holdfast/core';
import type { CredentialSource } from '../source.ts';
import { askStore } from './ask-store.ts';
import type { AzureIdentityPackage, EntraCredential } from './azure-packages.ts';
import { defaults, sourceRules } from './options.ts';
import { peerPackage } from './peer-package.ts';
import { sourceId } from './source-id.ts';
import { takeIn } from './take-in.ts';

/** Which token {@link entraToken} gets. */
export interface EntraTokenOptions {
  /**
   * What the token is for.
   * @defaultValue 'https://cognitiveservices.azure.com/.default', which Azure OpenAI takes
   */
  readonly scope?: string;
  /**
   * What proves this service to Entra.
   * @defaultValue a `DefaultAzureCredential` of `@azure/identity`; another one when a token was rejected, as each keeps
   *   the tokens that it was given
   */
  readonly credential?: EntraCredential;
  /**
   * Name of the credential in journeys, spans and errors.
   * @defaultValue `entra:` and the scope
   */
  readonly id?: string;
}

/**
 * A token of Microsoft Entra for Azure OpenAI, with its end.
 *
 * Needs `@azure/identity` where no `credential` is given; it is loaded at the first use.
 *
 * @throws OptionError when an option breaks its rule. Reading it: CredentialError naming the class of the error.
 */
export function entraToken(options: EntraTokenOptions = {}): CredentialSource {
  return entraTokenWith(options, () => import('@azure/identity'));
}

/** The same with another way to load the package. */
export function entraTokenWith(
  options: EntraTokenOptions,
  load: () => Promise<AzureIdentityPackage>,
): CredentialSource {
  checkOptions('entraToken', options, {
    scope: sourceRules.name,
    credential: sourceRules.having('getToken'),
    id: sourceRules.name,
  });
  const { scope = defaults.entra.scope, credential } = options;
  const { id = sourceId('entra', scope) } = options;
  let ours: EntraCredential | undefined;
  return {
    id,
    kind: 'token',
    async read({ signal, rejected }) {
      const token = await askStore(id, signal, async () => {
        if (credential !== undefined) return credential.getToken(scope, { abortSignal: signal });
        if (ours === undefined || rejected !== undefined) {
          const { DefaultAzureCredential } = await peerPackage(id, '@azure/identity', load);
          ours = new DefaultAzureCredential();
        }
        return ours.getToken(scope, { abortSignal: signal });
      });
      return { value: takeIn(id, token?.token), expiresAtMs: token?.expiresOnTimestamp };
    },
  };
}
