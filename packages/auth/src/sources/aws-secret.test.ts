import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, vi } from 'vitest';
import { asked, canary, expectAbort, expectNoCanary, failureOf, valueOf } from '../../test/canary.ts';
import { farEnd, type Answered, type FarEnd } from '../../test/far-end.ts';
import type { CredentialSource } from '../source.ts';
import { awsSecret, awsSecretWith, type AwsSecretOptions, type AwsSecretsPackage } from './aws-secret.ts';

/** The client of AWS, aimed at this machine. */
const clientOf = ({ address }: Pick<FarEnd, 'address'>): SecretsManagerClient =>
  new SecretsManagerClient({
    region: 'eu-central-1',
    endpoint: address,
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDFAKE', secretAccessKey: canary },
  });

interface Store {
  readonly end: FarEnd;
  readonly source: CredentialSource;
  /** The stages that were asked for. */
  readonly stages: () => unknown[];
}

/** A store that holds `versions`, by stage. */
async function store(
  versions: Readonly<Record<string, Answered['body']>>,
  options: Partial<AwsSecretOptions> = {},
): Promise<Store> {
  const end = await farEnd(({ body }) => {
    const version = versions[(JSON.parse(body) as { VersionStage: string }).VersionStage];
    const missing = { __type: 'ResourceNotFoundException', message: `no ${canary}` };
    return version === undefined ? { status: 400, body: missing } : { body: version };
  });
  const source = awsSecret({ secretId: 'prod/openai', client: clientOf(end), ...options });
  const stages = (): unknown[] =>
    end.came.map(({ body }) => (JSON.parse(body) as Record<string, unknown>)['VersionStage']);
  return { end, source, stages };
}

describe('a key in AWS Secrets Manager', () => {
  it('is the current version', async () => {
    const { source, end, stages } = await store({ AWSCURRENT: { SecretString: 'now\n' } });
    expect(source.id).toBe('aws:prod/openai');
    expect(await valueOf(source.read(asked()))).toEqual(['now', undefined]);
    expect(stages()).toEqual(['AWSCURRENT']);
    expect(JSON.parse(end.came[0]?.body ?? '')).toMatchObject({ SecretId: 'prod/openai' });
  });

  it('may be a field of it, or bytes', async () => {
    const { source } = await store({ AWSCURRENT: { SecretString: '{"api_key":"now","n":1}' } }, { field: 'api_key' });
    expect((await valueOf(source.read(asked())))[0]).toBe('now');
    const SecretBinary = Buffer.from('now').toString('base64');
    expect((await valueOf((await store({ AWSCURRENT: { SecretBinary } })).source.read(asked())))[0]).toBe('now');
  });

  it('is the previous version while upstream does not know the current one, and the current one after that', async () => {
    const { source, stages } = await store({
      AWSCURRENT: { SecretString: 'new' },
      AWSPREVIOUS: { SecretString: 'old' },
    });
    expect((await valueOf(source.read(asked())))[0]).toBe('new');
    expect((await valueOf(source.read(asked('new'))))[0]).toBe('old');
    expect((await valueOf(source.read(asked('old'))))[0]).toBe('new');
    expect(stages()).toEqual(['AWSCURRENT', 'AWSCURRENT', 'AWSPREVIOUS', 'AWSCURRENT']);
  });

  it('stays the current version where there is no previous one', async () => {
    const { source } = await store({ AWSCURRENT: { SecretString: 'only' } });
    expect((await valueOf(source.read(asked('only'))))[0]).toBe('only');
  });

  it.each<[string, Answered['body'], string]>([
    ['an object', { SecretString: JSON.stringify({ api_key: canary }) }, 'holds JSON'],
    ['a text with a blank', { SecretString: `${canary} ${canary}` }, 'the credential (65 characters) has whitespace'],
    ['nothing', {}, 'expected a credential as a string, got undefined'],
  ])('that is %s is refused, and not quoted', async (_name, body, sentence) => {
    expect(await failureOf((await store({ AWSCURRENT: body })).source)).toContain(sentence);
  });

  it('that lacks its field is refused', async () => {
    const lacking = await store(
      { AWSCURRENT: { SecretString: JSON.stringify({ key: canary }) } },
      { field: 'api_key' },
    );
    expect(await failureOf(lacking.source)).toBe('aws:prod/openai#api_key: has no field "api_key"');
  });

  it('that is not given is told by class and status', async () => {
    expect(await failureOf((await store({})).source)).toBe(
      'aws:prod/openai: was not given its value (ResourceNotFoundException, 400)',
    );
  });

  it('is given up at once by whoever wants it no longer', async () => {
    const end = await farEnd(() => undefined);
    const source = awsSecret({ secretId: 'a', client: clientOf(end) });
    await expectAbort(source, () => vi.waitFor(() => expect(end.came).toHaveLength(1), { timeout: 5000, interval: 5 }));
    await vi.waitFor(() => expect(end.left()).toBe(1), { timeout: 5000, interval: 5 });
  });

  it('needs a package that is named when it is missing, and is loaded when it is first needed', async () => {
    const missing = (): Promise<AwsSecretsPackage> => import('@holdfast/no-such-package' as string);
    expect(await failureOf(awsSecretWith({ secretId: 'a' }, missing))).toBe(
      'aws:a: needs the package @aws-sdk/client-secrets-manager, which is not installed: ' +
        'npm install @aws-sdk/client-secrets-manager',
    );
    const broken = (): Promise<AwsSecretsPackage> => Promise.reject(new SyntaxError(canary));
    expect(await failureOf(awsSecretWith({ secretId: 'a' }, broken))).toContain(
      'which could not be loaded (SyntaxError)',
    );
  });

  it('makes a client of its own in the region that is given, once', async () => {
    const sdk = await import('@aws-sdk/client-secrets-manager');
    const end = await farEnd(() => ({ body: { SecretString: 'key' } }));
    const configs: object[] = [];
    class Client extends SecretsManagerClient {
      constructor(config: object) {
        const credentials = { accessKeyId: 'AKIDFAKE', secretAccessKey: canary };
        super({ ...config, endpoint: end.address, credentials });
        configs.push(config);
      }
    }
    const options = { secretId: 'arn:aws:secretsmanager:eu-west-1:1:secret:a', region: 'eu-west-1' };
    const source = awsSecretWith(options, () => Promise.resolve({ ...sdk, SecretsManagerClient: Client }));
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
    await source.read(asked());
    expect(configs).toEqual([{ region: 'eu-west-1' }]);
    expect(end.came[0]?.headers.authorization).toContain('/eu-west-1/secretsmanager/');
  });

  it('is asked for as the environment of the AWS SDK says, where no client is given', async () => {
    const end = await farEnd(() => ({ body: { SecretString: 'key' } }));
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', end.address);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDFAKE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', canary);
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    expect((await valueOf(awsSecret({ secretId: 'a' }).read(asked())))[0]).toBe('key');
    expect(end.came[0]?.headers.authorization).toContain('/eu-north-1/secretsmanager/');
    vi.unstubAllEnvs();
  });

  it.each<[object, string]>([
    [{}, 'awsSecret.secretId'],
    [{ secretId: canary }, 'awsSecret.secretId: expected a name in ASCII that is no key'],
    [{ secretId: 'a', field: canary }, 'awsSecret.field'],
    [{ secretId: 'a', client: {} }, 'awsSecret.client: expected an object with a method send()'],
  ])('with the options %j is refused by name', (options, sentence) => {
    try {
      awsSecret(options as AwsSecretOptions);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain(sentence);
      expectNoCanary(error);
    }
  });
});
