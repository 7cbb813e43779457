import { systemClock } from '@holdfast/core';
import type { Clock, Random } from '@holdfast/core';
import { AdminState } from './admin-state.ts';
import { FaultScript } from './script.ts';
import { idSequence } from './ids.ts';
import type { NextId } from './ids.ts';
import { KeyRing } from './keys.ts';
import { RateLimits } from './limits.ts';
import { RequestLog } from './log.ts';
import { defaultProject, upstreamDefaults } from './options.ts';
import type { KeyOptions, ModelOptions, UpstreamOptions } from './options.ts';
import { seededRandom } from './seeded-random.ts';
import { ObjectStore } from './store.ts';
import { UsageLedger } from './usage-ledger.ts';

/** Everything a fake upstream remembers. One object per server, handed to every handler. */
export interface UpstreamState {
  readonly clock: Clock;
  readonly random: Random;
  readonly nextId: NextId;
  readonly organization: string;
  readonly words: number;
  readonly backgroundMs: number;
  readonly keys: KeyRing;
  /** Whether admin keys and ordinary ones are kept apart. */
  readonly separateAdmins: boolean;
  readonly limits: RateLimits;
  /** The models there are, or `undefined` if any name will do. */
  readonly models: Map<string, ModelOptions> | undefined;
  readonly script: FaultScript;
  readonly log: RequestLog;
  readonly objects: ObjectStore;
  readonly ledger: UsageLedger;
  readonly admin: AdminState;
}

const modelMap = (models: UpstreamOptions['models']): Map<string, ModelOptions> | undefined => {
  if (models === undefined) return undefined;
  return new Map(Array.isArray(models) ? models.map((name: string) => [name, {}]) : Object.entries(models));
};

const keyOptions = (key: string | KeyOptions): KeyOptions => (typeof key === 'string' ? { key } : key);

/** The state that a server with these options begins with. */
export function createState(options: UpstreamOptions): UpstreamState {
  const clock = options.clock ?? systemClock;
  const random = seededRandom(options.seed ?? upstreamDefaults.seed);
  const nextId = idSequence(random);
  const organization = options.organization ?? upstreamDefaults.organization;
  const keys = new KeyRing(clock, nextId, options.keys === undefined);
  for (const key of options.keys ?? []) keys.add(keyOptions(key));
  for (const key of options.adminKeys ?? []) keys.add({ ...keyOptions(key), admin: true });
  const projects = new Set([defaultProject, ...keys.records().map((key) => key.project)]);
  const script = new FaultScript(clock, random);
  script.add(options.script ?? []);
  return {
    clock,
    random,
    nextId,
    organization,
    words: options.words ?? upstreamDefaults.words,
    backgroundMs: options.backgroundMs ?? upstreamDefaults.backgroundMs,
    keys,
    separateAdmins: options.adminKeys !== undefined,
    limits: new RateLimits(clock, organization, options.limits),
    models: modelMap(options.models),
    script,
    log: new RequestLog(options.logLimit ?? upstreamDefaults.logLimit),
    objects: new ObjectStore(),
    ledger: new UsageLedger(),
    admin: new AdminState(clock, nextId, projects),
  };
}
