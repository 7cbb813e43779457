import { readFileSync } from 'node:fs';
import { quarantineFile, type AuthOptions, type Environment } from '@holdfast/auth';
import type { Pipeline, PipelineOptions } from '@holdfast/core';
import type { FallbackOptions } from '@holdfast/fallback';
import type { RoutingOptions } from '@holdfast/routing';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { sourcesOf, variablesOfEntry, type CredentialEntry } from './credential-entries.ts';
import { preset, type PresetOptions } from './preset.ts';
import { describeIssue, ServicesError, type ServicesIssue } from './services-error.ts';
import {
  servicesSchema,
  type AuthEntry,
  type EndpointEntry,
  type FallbackEntry,
  type RoutingEntry,
  type ServiceEntry,
  type ServicesFile,
} from './services-schema.ts';

/** What a services file cannot say. */
export interface ServicesOptions extends Omit<PipelineOptions, 'service'> {
  /** Variables that hold the keys. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The pipelines of a services file, by service. */
export interface Services {
  readonly names: readonly string[];
  /** @throws TypeError for a service that the file does not name. */
  get(name: string): Pipeline;
  /** Closes every pipeline. */
  close(): Promise<void>;
}

/**
 * Reads a YAML or JSON file with one pipeline per service.
 *
 * @param file - path of the file.
 * @param options - what a file cannot say: clock, random, where warnings go, the environment.
 * @throws ServicesError that lists every unknown or wrong key, and every credential that is not there, with
 *   its path, line, rule and value; the error of `node:fs` when the file cannot be read.
 */
export function loadServices(file: string, options: ServicesOptions = {}): Services {
  const { env = process.env, ...shared } = options;
  const entries = readServices(file, readFileSync(file, 'utf8'), env);
  const pipelines = new Map<string, Pipeline>();
  for (const [service, entry] of Object.entries(entries))
    pipelines.set(service, build(file, { ...shared, service }, optionsOf(entry, env)));
  const names = [...pipelines.keys()];
  return Object.freeze({
    names,
    get(name: string): Pipeline {
      const found = pipelines.get(name);
      if (found === undefined)
        throw new TypeError(`${file}: no service "${name}"; it names ${names.join(', ') || 'none'}`);
      return found;
    },
    async close() {
      await Promise.all([...pipelines.values()].map((pipeline) => pipeline.close()));
    },
  });
}

/** Builds one service; what only its layers can find out (a key with a blank in it) is told with its place. */
function build(
  file: string,
  shared: PresetOptions & { readonly service: string },
  layers: () => PresetOptions,
): Pipeline {
  try {
    return preset({ ...shared, ...layers() });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const issue = {
      path: `services.${shared.service}`,
      line: undefined,
      rule: 'options that its layers take',
      value: error.message,
    };
    throw new ServicesError(file, [issue], { cause: error });
  }
}

/** Parses and checks the text of a services file. */
function readServices(file: string, text: string, env: Environment): ServicesFile['services'] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax !== undefined) throw notYaml(file, lines.linePos(syntax.pos[0]).line, syntax.code, syntax);
  const value = valueOf(file, document);
  const result = servicesSchema.safeParse(value);
  const lineAt = (path: readonly PropertyKey[]): number | undefined => lineOf(document, lines, path);
  const issues = result.success
    ? unsetVariables(result.data, env, lineAt)
    : result.error.issues.flatMap((issue) => describeIssue(issue, value, knownKeys, lineAt));
  if (!result.success || issues.length > 0) throw new ServicesError(file, issues);
  return result.data.services;
}

/** Every credential of which no variable is set: a service that starts without it fails at its first call. */
function unsetVariables(
  { services }: ServicesFile,
  env: Environment,
  lineAt: (path: readonly PropertyKey[]) => number | undefined,
): ServicesIssue[] {
  return Object.entries(services).flatMap(([service, entry]) =>
    variablesOf(entry).flatMap(({ place, names }) => {
      if (names.some((name) => (env[name] ?? '').trim() !== '')) return [];
      const path = ['services', service, ...place];
      const rule = `an environment variable that is set: ${names.join(' or ')}`;
      return [{ path: path.join('.'), line: lineAt(path), rule, value: 'nothing' }];
    }),
  );
}

/** Where a service names variables; one of each list must be set. */
function variablesOf({
  auth,
  fallback,
  routing,
}: ServiceEntry): { place: readonly string[]; names: readonly string[] }[] {
  const { credentials, admin } = auth ?? {};
  return [
    ...(credentials === 'client' ? [] : variablesAt(['auth', 'credentials'], credentials)),
    ...variablesAt(['auth', 'admin'], admin),
    ...keysOf('fallback', fallback?.endpoints),
    ...keysOf('routing', routing?.endpoints),
  ];
}

function variablesAt(
  place: readonly string[],
  given: CredentialEntry | readonly CredentialEntry[] | undefined,
): { place: readonly string[]; names: readonly string[] }[] {
  if (given === undefined) return [];
  if (Array.isArray(given))
    return given.flatMap((one: CredentialEntry, index) => variablesAt([...place, String(index)], one));
  return variablesOfEntry(given as CredentialEntry).map(({ place: within, names }) => ({
    place: [...place, ...within],
    names,
  }));
}

/** Where the endpoints of a layer name the variables of their keys. */
const keysOf = (
  layer: string,
  endpoints: Readonly<Record<string, EndpointEntry>> = {},
): { place: readonly string[]; names: readonly string[] }[] =>
  Object.entries(endpoints).flatMap(([name, { apiKey }]) =>
    apiKey === undefined ? [] : [{ place: [layer, 'endpoints', name, 'apiKey', 'env'], names: [apiKey.env] }],
  );

/** An alias may name an anchor that is not there, or expand without end; only making the value shows it. */
function valueOf(file: string, document: Document.Parsed): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw notYaml(file, undefined, error instanceof Error ? error.message : 'something else', error);
  }
}

function notYaml(file: string, line: number | undefined, value: string, cause: unknown): ServicesError {
  return new ServicesError(file, [{ path: '', line, rule: 'YAML or JSON', value }], { cause });
}

function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  const node: unknown = document.getIn(path as readonly string[], true);
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
}

/** The part of a zod schema that its keys are found in. */
interface SchemaNode {
  readonly shape?: Readonly<Record<string, SchemaNode>>;
  readonly valueType?: SchemaNode;
  readonly options?: readonly SchemaNode[];
  unwrap?(): SchemaNode;
}

/** The keys that the schema knows at a path. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let nodes: SchemaNode[] = [servicesSchema as unknown as SchemaNode];
  const opened = (node: SchemaNode): SchemaNode[] => {
    if (node.options !== undefined) return node.options.flatMap(opened);
    return node.shape === undefined && node.valueType === undefined && node.unwrap ? opened(node.unwrap()) : [node];
  };
  for (const key of path)
    nodes = nodes.flatMap(opened).flatMap((node) => node.shape?.[String(key)] ?? node.valueType ?? []);
  return nodes.flatMap(opened).flatMap((node) => Object.keys(node.shape ?? {}));
}

const optionsOf = (entry: ServiceEntry, env: Environment) => (): PresetOptions => {
  const { auth, fallback, routing, ...layers } = entry;
  return {
    ...layers,
    ...(auth !== undefined && { auth: authOptionsOf(auth, env) }),
    ...(fallback !== undefined && { fallback: fallbackOptionsOf(fallback, env) }),
    ...(routing !== undefined && { routing: routingOptionsOf(routing, env) }),
  } as PresetOptions;
};

function fallbackOptionsOf({ endpoints, ...rest }: FallbackEntry, env: Environment): FallbackOptions {
  if (endpoints === undefined) return rest;
  const keyed = Object.entries(endpoints).map(([name, endpoint]) => [name, keyedBy(endpoint, env)] as const);
  return { ...rest, endpoints: Object.fromEntries(keyed) };
}

function routingOptionsOf({ endpoints, ...rest }: RoutingEntry, env: Environment): RoutingOptions {
  return { ...rest, endpoints: Object.entries(endpoints).map(([name, one]) => ({ name, ...keyedBy(one, env) })) };
}

/** An endpoint with its key, which is read when it is needed, as it may be changed while the service runs. */
function keyedBy<E extends EndpointEntry>(
  { apiKey, ...endpoint }: E,
  env: Environment,
): Omit<E, 'apiKey'> & { readonly apiKey?: () => string } {
  return { ...endpoint, ...(apiKey !== undefined && { apiKey: () => env[apiKey.env] ?? '' }) };
}

function authOptionsOf({ credentials, admin, store, ...rest }: AuthEntry, env: Environment): AuthOptions {
  return {
    ...rest,
    ...(credentials !== undefined && credentials !== 'client' && { credentials: sourcesOf(credentials, env) }),
    ...(admin !== undefined && { admin: sourcesOf(admin, env) }),
    ...(store !== undefined && { store: quarantineFile(store.file) }),
  };
}
