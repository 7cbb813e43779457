import { ClientSecretCredential, DefaultAzureCredential } from '@azure/identity';
import { describe, expect, it, vi } from 'vitest';
import { asked, canary, expectAbort, expectNoCanary, failureOf, valueOf } from '../../test/canary.ts';
import type { AzureIdentityPackage } from './azure-packages.ts';
import { entraToken, entraTokenWith, type EntraTokenOptions } from './entra-token.ts';

/** Gives `token-1`, `token-2`, … and keeps each as the credentials of Azure do. */
const identity = (): { readonly sdk: AzureIdentityPackage; readonly scopes: unknown[] } => {
  const scopes: unknown[] = [];
  let made = 0;
  class Credential {
    readonly #number = ++made;
    getToken(scope: unknown): Promise<{ token: string; expiresOnTimestamp: number }> {
      scopes.push(scope);
      return Promise.resolve({ token: `token-${this.#number}`, expiresOnTimestamp: 1_800_000_000_000 });
    }
  }
  return { sdk: { DefaultAzureCredential: Credential }, scopes };
};

describe('a token of Entra', () => {
  it('comes with its end, for Azure OpenAI', async () => {
    const { sdk, scopes } = identity();
    const source = entraTokenWith({}, () => Promise.resolve(sdk));
    expect(source.id).toBe('entra:https://cognitiveservices.azure.com/.default');
    expect(await valueOf(source.read(asked()))).toEqual(['token-1', 1_800_000_000_000]);
    expect(await valueOf(source.read(asked()))).toEqual(['token-1', 1_800_000_000_000]);
    expect(scopes).toEqual(Array.from({ length: 2 }, () => 'https://cognitiveservices.azure.com/.default'));
  });

  it('that was rejected is replaced by one of another credential, as the first one keeps it', async () => {
    const source = entraTokenWith({}, () => Promise.resolve(identity().sdk));
    const { sdk } = identity();
    const kept = entraTokenWith({}, () => Promise.resolve(sdk));
    expect((await valueOf(kept.read(asked())))[0]).toBe('token-1');
    expect((await valueOf(kept.read(asked('token-1'))))[0]).toBe('token-2');
    expect((await valueOf(kept.read(asked())))[0]).toBe('token-2');
    expect((await valueOf(source.read(asked('x'))))[0]).toBe('token-1');
  });

  it('comes from the credential that is given, and for the scope', async () => {
    const asks: unknown[] = [];
    const credential: EntraTokenOptions['credential'] = {
      getToken: (scope, options) => {
        asks.push(scope, options?.abortSignal?.aborted);
        return Promise.resolve({ token: 'token', expiresOnTimestamp: 5 });
      },
    };
    expect(await valueOf(entraToken({ scope: 'api://mine/.default', credential }).read(asked()))).toEqual(['token', 5]);
    expect(asks).toEqual(['api://mine/.default', false]);
  });

  it('that is none, or is not given, is told without quoting', async () => {
    const giving = (token: unknown): EntraTokenOptions => ({
      credential: { getToken: () => Promise.resolve(token) } as never,
    });
    expect(await failureOf(entraToken(giving(null)))).toContain('expected a credential as a string, got undefined');
    expect(await failureOf(entraToken(giving({ token: `${canary} x` })))).toContain('(34 characters) has whitespace');
    const error = Object.assign(new Error(canary), {
      name: 'AuthenticationError',
      statusCode: 401,
      errorResponse: canary,
    });
    const failing = entraToken({ credential: { getToken: () => Promise.reject(error) } });
    expect(await failureOf(failing)).toContain('was not given its value (AuthenticationError, 401)');
  });

  it('of the real credentials of Azure fails by name when they have nothing to go by', async () => {
    const local = new ClientSecretCredential('11111111-1111-1111-1111-111111111111', 'client', canary, {
      authorityHost: 'https://127.0.0.1:1',
      disableInstanceDiscovery: true,
      retryOptions: { maxRetries: 0 },
    });
    expect(await failureOf(entraToken({ credential: local }))).toMatch(/was not given its value( \(\w+\))?$/);
    expect(new DefaultAzureCredential()).toHaveProperty('getToken');
  });

  it('is given up at once by whoever wants it no longer', async () => {
    const getToken = vi.fn(() => new Promise<never>(() => undefined));
    await expectAbort(entraToken({ credential: { getToken } }), () =>
      vi.waitFor(() => expect(getToken).toHaveBeenCalled()),
    );
  });

  it('needs a package that is named when it is missing', async () => {
    const missing = (): Promise<AzureIdentityPackage> => import('@holdfast/no-such-package' as string);
    expect(await failureOf(entraTokenWith({}, missing))).toContain(
      '@azure/identity, which is not installed: npm install',
    );
  });

  it.each<[object, string]>([
    [{ scope: canary }, 'entraToken.scope'],
    [{ credential: 'x' }, 'entraToken.credential: expected an object with a method getToken()'],
    [{ scopes: [] }, 'entraToken.scopes: expected one of scope, credential, id'],
  ])('with the options %j is refused by name', (options, sentence) => {
    try {
      entraToken(options as EntraTokenOptions);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain(sentence);
      expectNoCanary(error);
    }
  });
});
