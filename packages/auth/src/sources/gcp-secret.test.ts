import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { describe, expect, it, vi } from 'vitest';
import { asked, canary, expectAbort, expectNoCanary, failureOf, valueOf } from '../../test/canary.ts';
import { farEnd, type Answered, type FarEnd } from '../../test/far-end.ts';
import { gcpSecret, gcpSecretWith, type GcpSecretOptions, type GcpSecretsPackage } from './gcp-secret.ts';

const name = 'projects/search/secrets/openai';

/** Google's client over plain HTTP to this machine. It asks `auth` for what it signs with. */
const clientOf = ({ port }: Pick<FarEnd, 'port'>): SecretManagerServiceClient =>
  new SecretManagerServiceClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port,
    auth: {
      getUniverseDomain: () => Promise.resolve('googleapis.com'),
      getClient: () => Promise.resolve({}),
      getRequestHeaders: () => Promise.resolve(new Headers({ authorization: `Bearer ${canary}` })),
      fetch: (url: string, init: RequestInit) => fetch(url, init),
    },
  } as unknown as NonNullable<ConstructorParameters<typeof SecretManagerServiceClient>[0]>);

const holding = (text: string): Answered => ({ body: { payload: { data: Buffer.from(text).toString('base64') } } });

const sourceFor = async (answer: Answered, options: Partial<GcpSecretOptions> = {}): ReturnType<typeof both> =>
  both(await farEnd(() => answer), options);
const both = async (end: FarEnd, options: Partial<GcpSecretOptions>) => ({
  end,
  source: gcpSecret({ name, client: clientOf(end), ...options }),
});

describe('a key in Google Cloud Secret Manager', () => {
  it('is the latest version, or that which is named', async () => {
    const { end, source } = await sourceFor(holding('key\n'));
    expect(source.id).toBe(`gcp:${name}`);
    expect(await valueOf(source.read(asked()))).toEqual(['key', undefined]);
    await gcpSecret({ name: `${name}/versions/7`, client: clientOf(end) }).read(asked());
    expect(end.came.map(({ path }) => path.split('?')[0])).toEqual([
      `/v1/${name}/versions/latest:access`,
      `/v1/${name}/versions/7:access`,
    ]);
  });

  it('may be a field of it', async () => {
    const { source } = await sourceFor(holding('{"api_key":"key"}'), { field: 'api_key' });
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
  });

  it.each([
    [holding(JSON.stringify({ key: canary })), 'holds JSON'],
    [holding(`${canary}\u0000`), 'the credential (33 characters) has whitespace, control'],
    [{ body: {} }, 'expected a credential as a string, got undefined'],
  ])('that is no key is refused, and not quoted', async (answer, sentence) => {
    expect(await failureOf((await sourceFor(answer)).source)).toContain(sentence);
  });

  it.each([
    [403, 'PERMISSION_DENIED', 'permission denied'],
    [404, 'NOT_FOUND', 'there is no such secret or version'],
    [400, 'FAILED_PRECONDITION', 'the version is disabled or destroyed'],
  ])('that is answered with %i %s is told in words of ours', async (code, status, words) => {
    const { source } = await sourceFor({ status: code, body: { error: { code, status, message: canary } } });
    expect(await failureOf(source)).toContain(words);
  });

  it('is given up at once by whoever wants it no longer', async () => {
    const end = await farEnd(() => undefined);
    const source = gcpSecret({ name, client: clientOf(end) });
    await expectAbort(source, () => vi.waitFor(() => expect(end.came).toHaveLength(1), { timeout: 5000, interval: 5 }));
  });

  it('needs a package that is named when it is missing, and makes one client of it', async () => {
    const missing = (): Promise<GcpSecretsPackage> => import('@holdfast/no-such-package' as string);
    expect(await failureOf(gcpSecretWith({ name }, missing))).toContain('npm install @google-cloud/secret-manager');
    const end = await farEnd(() => holding('key'));
    let made = 0;
    class Client {
      constructor() {
        made++;
        return clientOf(end);
      }
    }
    const sdk = { SecretManagerServiceClient: Client } as unknown as GcpSecretsPackage;
    const source = gcpSecretWith({ name }, () => Promise.resolve(sdk));
    await source.read(asked());
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
    expect(made).toBe(1);
  });

  it.each<[object, string]>([
    [{}, 'gcpSecret.name'],
    [{ name: canary }, 'gcpSecret.name: expected a name as projects/'],
    [{ name: 'openai' }, 'gcpSecret.name'],
    [{ name, field: '' }, 'gcpSecret.field'],
    [{ name, client: 7 }, 'gcpSecret.client'],
  ])('with the options %j is refused by name', (options, sentence) => {
    try {
      gcpSecret(options as GcpSecretOptions);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain(sentence);
      expectNoCanary(error);
    }
  });
});
