import { refuseUnknown } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { UpstreamRequest } from './request.ts';
import { jsonReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { defaultProject } from './options.ts';

/** An object of the API, as it is sent. */
export type StoredObject = JsonObject & { readonly id: string };

interface Entry<T> {
  readonly project: string;
  readonly value: T;
}

/** How many objects of one kind are kept. */
const objectLimit = 10_000;

/** The project a request acts in. */
export const projectOf = (request: UpstreamRequest): string => request.caller?.project ?? defaultProject;

/** A page of a list as the API cuts it: by `after`, `before`, `limit` and `order`. */
export function listPage(items: readonly StoredObject[], query: URLSearchParams, newestFirst = true): Reply {
  const order = query.get('order') ?? (newestFirst ? 'desc' : 'asc');
  const sorted = order === 'desc' ? items.toReversed() : items;
  const after = query.get('after');
  const start = after === null ? 0 : sorted.findIndex((item) => item.id === after) + 1;
  const limit = Number(query.get('limit') ?? 20);
  const data = sorted.slice(start, start + limit);
  return jsonReply({
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < sorted.length,
  });
}

/** Objects of one kind, each visible to the keys of its own project only. */
export class Collection<T> {
  readonly #what: string;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(what: string) {
    this.#what = what;
  }

  /** Keeps an object in the project of the request. */
  put(request: UpstreamRequest, id: string, value: T): T {
    if (this.#entries.size >= objectLimit) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(id, { project: projectOf(request), value });
    return value;
  }

  /** The object with this id, if the request's project has it. */
  find(request: UpstreamRequest, id: string): T | undefined {
    const entry = this.#entries.get(id);
    return entry?.project === projectOf(request) ? entry.value : undefined;
  }

  /** The object with this id; refuses the request with 404 if its project has none. */
  get(request: UpstreamRequest, id: string): T {
    return this.find(request, id) ?? refuseUnknown(this.#what, id);
  }

  /** Removes the object with this id; refuses like {@link Collection.get}. */
  delete(request: UpstreamRequest, id: string): T {
    const value = this.get(request, id);
    this.#entries.delete(id);
    return value;
  }

  /** The objects of the request's project, oldest first. */
  list(request: UpstreamRequest): T[] {
    const project = projectOf(request);
    return [...this.#entries.values()].filter((entry) => entry.project === project).map((entry) => entry.value);
  }
}

/** The collections of a server, made when they are first asked for. */
export class ObjectStore {
  readonly #collections = new Map<string, Collection<unknown>>();

  /** The collection of a kind of object; `what` is how a 404 calls it. */
  of<T>(what: string): Collection<T> {
    let collection = this.#collections.get(what);
    if (collection === undefined) {
      collection = new Collection<unknown>(what);
      this.#collections.set(what, collection);
    }
    return collection as Collection<T>;
  }
}
