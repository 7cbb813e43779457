import { readFileSync } from 'node:fs';
import { envKeys, type AuthOptions } from '@holdfast/auth';
import type { Pipeline, PipelineOptions } from '@holdfast/core';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { preset, type PresetOptions } from './preset.ts';
import { describeIssue, ServicesError } from './services-error.ts';
import { servicesSchema, type ServiceEntry, type ServicesFile } from './services-schema.ts';

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
 * @param shared - what a file cannot say: clock, random, where warnings go.
 * @throws ServicesError that lists every unknown or wrong key with its path, line, rule and value;
 *   the error of `node:fs` when the file cannot be read.
 */
export function loadServices(file: string, shared: Omit<PipelineOptions, 'service'> = {}): Services {
  const entries = readServices(file, readFileSync(file, 'utf8'));
  const pipelines = new Map<string, Pipeline>();
  for (const [service, entry] of Object.entries(entries))
    pipelines.set(service, build(file, { ...shared, service }, entry));
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

/** Builds one service; what only its layers can find out (a variable that is not set) is told with its place. */
function build(file: string, shared: PresetOptions & { readonly service: string }, entry: ServiceEntry): Pipeline {
  try {
    return preset({ ...shared, ...optionsOf(entry) });
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
function readServices(file: string, text: string): ServicesFile['services'] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax !== undefined) throw notYaml(file, lines.linePos(syntax.pos[0]).line, syntax.code, syntax);
  const value = valueOf(file, document);
  const result = servicesSchema.safeParse(value);
  if (result.success) return result.data.services;
  const issues = result.error.issues.flatMap((issue) =>
    describeIssue(issue, value, knownKeys, (path) => lineOf(document, lines, path)),
  );
  throw new ServicesError(file, issues);
}

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

function optionsOf(entry: ServiceEntry): PresetOptions {
  const { auth, ...layers } = entry;
  return { ...layers, ...(auth !== undefined && { auth: authOptionsOf(auth) }) } as PresetOptions;
}

function authOptionsOf(auth: NonNullable<ServiceEntry['auth']>): AuthOptions {
  const { credentials, admin, ...rest } = auth;
  return {
    ...rest,
    ...(credentials !== undefined &&
      credentials !== 'client' && { credentials: envKeys({ names: [credentials.env].flat() }) }),
    ...(admin !== undefined && { admin: envKeys({ names: [admin.env] }) }),
  } as AuthOptions;
}
