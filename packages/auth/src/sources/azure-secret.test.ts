import { SecretClient } from '@azure/keyvault-secrets';
import { describe, expect, it, vi } from 'vitest';
import { asked, canary, expectAbort, expectNoCanary, failureOf, valueOf } from '../../test/canary.ts';
import { farEnd, type Answered, type FarEnd } from '../../test/far-end.ts';
import type { AzureLoaders, EntraCredential } from './azure-packages.ts';
import { azureSecret, azureSecretWith, type AzureSecretOptions } from './azure-secret.ts';

const credential: EntraCredential = {
  getToken: () => Promise.resolve({ token: canary, expiresOnTimestamp: Date.now() + 3_600_000 }),
};

type RequestPolicy = NonNullable<
  NonNullable<ConstructorParameters<typeof SecretClient>[2]>['additionalPolicies']
>[number]['policy'];

/** Azure's client insists on https: its last step takes the request to this machine without. */
const overHttp: RequestPolicy = {
  name: 'overHttp',
  async sendRequest(request, next) {
    const { url } = request;
    request.url = url.replace('https:', 'http:');
    request.allowInsecureConnection = true;
    const response = await next(request);
    request.url = url;
    return response;
  },
};

const clientOf = (address: string, given: EntraCredential): SecretClient =>
  new SecretClient(address.replace('http:', 'https:'), given, {
    additionalPolicies: [{ policy: overHttp, position: 'perRetry' }],
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 0 },
  });

/** A vault that wants to know who asks. */
const keyVault = (answer: Answered | undefined): Promise<FarEnd> =>
  farEnd(({ headers }) => {
    if (headers.authorization === `Bearer ${canary}`) return answer;
    const challenge = 'Bearer authorization="https://login.example/tenant", resource="https://vault.azure.net"';
    return { status: 401, headers: { 'www-authenticate': challenge } };
  });

const sourceFor = async (answer: Answered, options: Partial<AzureSecretOptions> = {}) => {
  const end = await keyVault(answer);
  return { end, source: azureSecret({ name: 'openai', client: clientOf(end.address, credential), ...options }) };
};

const holding = (value: unknown): Answered => ({
  body: { value, id: 'https://search.vault.azure.net/secrets/openai/1', attributes: { enabled: true } },
});

describe('a key in Azure Key Vault', () => {
  it('is the current version, or that which is named', async () => {
    const { end, source } = await sourceFor(holding('key\n'));
    expect(source.id).toBe('azure:openai');
    expect(await valueOf(source.read(asked()))).toEqual(['key', undefined]);
    const version = '0123456789abcdef0123456789abcdef';
    await azureSecret({ name: 'openai', version, client: clientOf(end.address, credential) }).read(asked());
    expect(end.came.at(-1)?.path).toContain(`/secrets/openai/${version}?`);
  });

  it('may be a field of it', async () => {
    const { source } = await sourceFor(holding('{"api_key":"key"}'), { field: 'api_key' });
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
  });

  it.each([
    [holding(JSON.stringify({ key: canary })), 'holds JSON'],
    [holding(`${canary} x`), 'the credential (34 characters) has whitespace'],
    [holding(undefined), 'expected a credential as a string, got undefined'],
    [{ status: 403, body: { error: { code: 'Forbidden', message: canary } } }, 'not given its value (RestError, 403)'],
    [{ status: 404, body: { error: { code: canary, message: canary } } }, 'not given its value (RestError, 404)'],
  ])('that is not given, or is none, is told without quoting', async (answer, sentence) => {
    expect(await failureOf((await sourceFor(answer)).source)).toContain(sentence);
  });

  it('is given up at once by whoever wants it no longer', async () => {
    const end = await keyVault(undefined);
    const source = azureSecret({ name: 'openai', client: clientOf(end.address, credential) });
    await expectAbort(source, () => vi.waitFor(() => expect(end.came).toHaveLength(2), { timeout: 5000, interval: 5 }));
    await vi.waitFor(() => expect(end.left()).toBe(1), { timeout: 5000, interval: 5 });
  });

  it('is asked for with a client and a credential of its own, which are loaded when they are first needed', async () => {
    const end = await keyVault(holding('key'));
    const made: string[] = [];
    const loaders = {
      secrets: () =>
        Promise.resolve({
          SecretClient: class {
            constructor(url: string, given: EntraCredential) {
              made.push(url);
              return clientOf(end.address, given);
            }
          },
        }),
      identity: () =>
        Promise.resolve({
          DefaultAzureCredential: class {
            getToken = credential.getToken;
          },
        }),
    } as unknown as AzureLoaders;
    const source = azureSecretWith({ vaultUrl: 'https://search.vault.azure.net', name: 'openai' }, loaders);
    expect(source.id).toBe('azure:search.vault.azure.net/openai');
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
    await source.read(asked());
    expect(made).toEqual(['https://search.vault.azure.net']);
  });

  it('needs packages that are named when they are missing', async () => {
    const missing = (): Promise<never> => import('@holdfast/no-such-package' as string) as Promise<never>;
    const options = { vaultUrl: 'https://search.vault.azure.net', name: 'openai' };
    const secrets = (): Promise<{ SecretClient: typeof SecretClient }> => import('@azure/keyvault-secrets');
    const message = (loaders: object): Promise<string> => failureOf(azureSecretWith(options, loaders as AzureLoaders));
    expect(await message({ secrets: missing, identity: missing })).toContain('npm install @azure/keyvault-secrets');
    expect(await message({ secrets, identity: missing })).toContain('npm install @azure/identity');
  });

  it.each<[object, string]>([
    [{ vaultUrl: 'https://a' }, 'azureSecret.name'],
    [{ name: 'a' }, 'azureSecret.vaultUrl: expected an address like https://search.vault.azure.net, or a client'],
    [{ name: 'a', vaultUrl: 'http://search.vault.azure.net' }, 'azureSecret.vaultUrl'],
    [{ name: 'a', vaultUrl: `https://u:${canary}@vault` }, 'azureSecret.vaultUrl'],
    [{ name: 'a', vaultUrl: 'https://vault:99999' }, 'azureSecret.vaultUrl'],
    [{ name: canary, vaultUrl: 'https://a' }, 'azureSecret.name'],
    [{ name: 'a', vaultUrl: 'https://a', credential: {} }, 'azureSecret.credential'],
  ])('with the options %j is refused by name', (options, sentence) => {
    try {
      azureSecret(options as AzureSecretOptions);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain(sentence);
      expectNoCanary(error);
    }
  });
});
