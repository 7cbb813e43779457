import { editedMember, type MemberEdit } from './json-edit.ts';
import { findTopLevel, type Span } from './json-span.ts';

/** What a request carries, as `fetch` takes it. */
export type RawBody = NonNullable<RequestInit['body']> | AsyncIterable<Uint8Array>;

/** A JSON object as it travels in requests and answers. */
export type JsonObject = Record<string, unknown>;

/**
 * The body of a request, read only as far as somebody asks: model and streaming flag are
 * found without parsing, JSON is parsed once, and what is sent is the original
 * object unless a layer asked for another model.
 */
export class Body {
  /** What goes to `fetch`; the very object that came unless the body was rewritten. */
  readonly raw: RawBody | undefined;
  #spans: Map<string, Span> | undefined;
  /** `null` until somebody has asked. */
  #model: string | null | undefined = null;
  /** `null` until somebody has asked. */
  #stream: boolean | null = null;
  /** `null` once the text has turned out to be no JSON object. */
  #json: JsonObject | null | undefined;

  constructor(raw: RawBody | null | undefined) {
    this.raw = raw ?? undefined;
  }

  /** Whether the same bytes can be sent twice. Streams and iterables cannot. */
  get replayable(): boolean {
    const raw = this.raw;
    if (typeof raw !== 'object') return true;
    return !(raw instanceof ReadableStream) && !(Symbol.asyncIterator in raw);
  }

  /** The model asked for, from a JSON text or a multipart form. */
  get model(): string | undefined {
    return this.#model === null ? (this.#model = this.#findModel()) : this.#model;
  }

  /** Whether the answer is asked for as an event stream. */
  get stream(): boolean {
    return (this.#stream ??= this.#findStream());
  }

  /** Size in bytes (UTF-16 units for text) where it is known without reading, otherwise `undefined`. */
  get sizeBytes(): number | undefined {
    const raw = this.raw;
    if (raw === undefined) return 0;
    if (typeof raw === 'string') return raw.length;
    if (typeof raw !== 'object') return undefined;
    if (raw instanceof Blob) return raw.size;
    return 'byteLength' in raw && typeof raw.byteLength === 'number' ? raw.byteLength : undefined;
  }

  /** The parsed JSON object, or `undefined` if the body is no text of one. Treat it as read-only. */
  json(): JsonObject | undefined {
    if (this.#json === undefined) {
      const value = typeof this.raw === 'string' ? parse(this.raw) : null;
      this.#json = typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject | null) : null;
    }
    return this.#json ?? undefined;
  }

  /**
   * The values of top-level `keys`, by name, parsed without the rest of the body; those that are not there are
   * left out. Treat them as read-only.
   */
  fields(keys: readonly string[]): JsonObject {
    const { raw } = this;
    if (typeof raw !== 'string') return {};
    const spans = [...findTopLevel(raw, keys)];
    if (spans.length === 0) return {};
    const members = spans.map(([key, { start, end }]) => `"${key}":${raw.slice(start, end)}`);
    return (parse(`{${members.join()}}`) as JsonObject | undefined) ?? {};
  }

  /** The same body asking for another model; `undefined` where no model stands to be replaced. */
  withModel(model: string): Body | undefined {
    const raw = this.raw;
    if (this.model === undefined) return undefined;
    if (raw instanceof FormData) {
      const form = new FormData();
      // In its place: who reads a form as it comes wants the model before the file.
      for (const [name, value] of raw.entries()) form.append(name, name === 'model' ? model : value);
      return new Body(form);
    }
    const span = typeof raw === 'string' ? this.#scan().get('model') : undefined;
    if (typeof raw !== 'string' || span === undefined) return undefined;
    return new Body(raw.slice(0, span.start) + JSON.stringify(model) + raw.slice(span.end));
  }

  /**
   * The same body with another value of its top-level member `key`, every other byte as it is; `undefined` where `edit`
   * leaves it or the body is no text of a JSON object.
   *
   * @param edit - gives the JSON text of a value for that of another; `undefined` stands for no member, and for no change.
   */
  withMember(key: string, edit: MemberEdit): Body | undefined {
    const text = typeof this.raw === 'string' ? editedMember(this.raw, key, edit) : undefined;
    if (text === undefined) return undefined;
    const edited = new Body(text);
    if (key !== 'model') edited.#model = this.#model;
    if (key !== 'stream') edited.#stream = this.#stream;
    return edited;
  }

  /** The same request with another JSON body. */
  withJson(json: JsonObject): Body {
    return new Body(JSON.stringify(json));
  }

  #findModel(): string | undefined {
    if (this.raw instanceof FormData) return textField(this.raw, 'model');
    const value = firstModel(this.raw) ?? this.#topLevel('model');
    return typeof value === 'string' ? value : undefined;
  }

  #findStream(): boolean {
    const { raw } = this;
    if (raw instanceof FormData) return textField(raw, 'stream') === 'true';
    // Most ask for no stream, and a native search tells so.
    if (typeof raw !== 'string' || !mayStream(raw)) return false;
    return this.#topLevel('stream') === true;
  }

  #topLevel(key: 'model' | 'stream'): unknown {
    if (typeof this.raw !== 'string') return undefined;
    const span = this.#scan().get(key);
    return span && parse(this.raw.slice(span.start, span.end));
  }

  #scan(): Map<string, Span> {
    if (this.#spans === undefined) {
      const text = this.raw as string;
      const keys = mayStream(text) ? ['model', 'stream'] : ['model'];
      this.#spans = findTopLevel(text, keys);
    }
    return this.#spans;
  }
}

/** Most bodies begin with their model, as that is how people write them. `undefined` says nothing. */
function firstModel(text: unknown): string | undefined {
  if (typeof text !== 'string' || !text.startsWith(modelFirst)) return undefined;
  const end = text.indexOf('"', modelFirst.length);
  // Written again further on, perhaps in escapes, the last one counts.
  const isOnly = end > 0 && !text.includes('"model"', end) && !text.includes('\\u00', end);
  if (!isOnly || !text.endsWith('}')) return undefined;
  // Parsed, as a slice would keep the whole text alive for as long as anybody remembers the model.
  const model = text.slice(modelFirst.length - 1, end + 1);
  return model.includes('\\') ? undefined : (parse(model) as string);
}

const mayStream = (text: string): boolean => text.includes('"stream"') || text.includes('\\u00');

const modelFirst = '{"model":"';

function textField(form: FormData, name: string): string | undefined {
  const value = form.get(name);
  return typeof value === 'string' ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
