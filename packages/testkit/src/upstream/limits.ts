import type { Clock } from '@holdfast/core';
import { errorReply } from './errors.ts';
import { goDuration } from './go-duration.ts';
import { upstreamDefaults } from './options.ts';
import type { ModelLimits } from './options.ts';
import type { Reply } from './reply.ts';

/** How many pairs of project and model family are counted at a time. */
const familyLimit = 10_000;

interface Bucket {
  readonly limit: number;
  level: number;
  atMs: number;
}

interface Family {
  readonly name: string;
  readonly requests: Bucket;
  readonly tokens: Bucket;
}

/** What a request was granted: the headers that say so, and the refusal if there is one. */
export interface Grant {
  /** The `x-ratelimit-*` headers, names and values in turn. */
  readonly headers: readonly string[];
  /** The 429, once a limit is exceeded. */
  readonly refusal?: Reply;
}

const refill = (bucket: Bucket, nowMs: number): void => {
  const gained = ((nowMs - bucket.atMs) * bucket.limit) / 60_000;
  bucket.level = Math.min(bucket.limit, bucket.level + gained);
  bucket.atMs = nowMs;
};

/** How long until the bucket holds `amount`. */
const waitMs = (bucket: Bucket, amount: number): number =>
  Math.max(0, ((Math.min(amount, bucket.limit) - bucket.level) * 60_000) / bucket.limit);

const headersOf = ({ requests, tokens }: Family): string[] => [
  'x-ratelimit-limit-requests',
  String(requests.limit),
  'x-ratelimit-limit-tokens',
  String(tokens.limit),
  'x-ratelimit-remaining-requests',
  String(Math.floor(requests.level)),
  'x-ratelimit-remaining-tokens',
  String(Math.floor(tokens.level)),
  'x-ratelimit-reset-requests',
  goDuration(waitMs(requests, requests.limit)),
  'x-ratelimit-reset-tokens',
  goDuration(waitMs(tokens, tokens.limit)),
];

/** Dated snapshots share the limits of their model. */
const familyOf = (model: string): string => model.replace(/-\d{4}-\d{2}-\d{2}$/, '');

/** Token buckets for requests and tokens per minute, by project and model family. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #organization: string;
  readonly #configured = new Map<string, ModelLimits>();
  readonly #families = new Map<string, Family>();

  constructor(clock: Clock, organization: string, limits: Readonly<Record<string, ModelLimits>> = {}) {
    this.#clock = clock;
    this.#organization = organization;
    for (const [model, limit] of Object.entries(limits)) this.set(model, limit);
  }

  /** Changes the limits of a model (`*`: of all that are not named); its buckets are full again. */
  set(model: string, limits: ModelLimits): void {
    const name = familyOf(model);
    this.#configured.set(name, limits);
    for (const [key, family] of this.#families) if (name === '*' || family.name === name) this.#families.delete(key);
  }

  /** The limits that hold for a model. */
  of(model: string): Required<ModelLimits> {
    const limits = this.#configured.get(familyOf(model)) ?? this.#configured.get('*');
    return {
      requestsPerMinute: limits?.requestsPerMinute ?? upstreamDefaults.requestsPerMinute,
      tokensPerMinute: limits?.tokensPerMinute ?? upstreamDefaults.tokensPerMinute,
    };
  }

  /** Takes one request and `tokens` tokens, or refuses and takes nothing. */
  take(project: string, model: string, tokens: number): Grant {
    const family = this.#family(project, familyOf(model));
    const nowMs = this.#clock.monotonic();
    refill(family.requests, nowMs);
    refill(family.tokens, nowMs);
    if (family.requests.level < 1) return this.#refuse(family, 'requests', 1);
    if (family.tokens.level < tokens) return this.#refuse(family, 'tokens', tokens);
    family.requests.level -= 1;
    family.tokens.level -= tokens;
    return { headers: headersOf(family) };
  }

  #family(project: string, name: string): Family {
    const key = `${project}\n${name}`;
    const known = this.#families.get(key);
    if (known !== undefined) return known;
    if (this.#families.size >= familyLimit) this.#families.clear();
    const { requestsPerMinute, tokensPerMinute } = this.of(name);
    const atMs = this.#clock.monotonic();
    const family = {
      name,
      requests: { limit: requestsPerMinute, level: requestsPerMinute, atMs },
      tokens: { limit: tokensPerMinute, level: tokensPerMinute, atMs },
    };
    this.#families.set(key, family);
    return family;
  }

  #refuse(family: Family, kind: 'requests' | 'tokens', requested: number): Grant {
    const bucket = family[kind];
    const retryMs = Math.ceil(waitMs(bucket, requested));
    const what = kind === 'requests' ? 'requests per min (RPM)' : 'tokens per min (TPM)';
    const used = bucket.limit - Math.floor(bucket.level);
    const message = `Rate limit reached for ${family.name} in organization ${this.#organization} on ${what}: Limit ${bucket.limit}, Used ${used}, Requested ${requested}. Please try again in ${goDuration(retryMs)}. Visit https://platform.openai.com/account/rate-limits to learn more.`;
    const refusal = errorReply(
      429,
      { message, type: kind, code: 'rate_limit_exceeded' },
      { 'retry-after-ms': String(retryMs), 'retry-after': String(Math.ceil(retryMs / 1000)) },
    );
    return { headers: headersOf(family), refusal };
  }
}
