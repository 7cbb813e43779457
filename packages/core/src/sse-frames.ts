/** What the start of a line tells about the stream. */
export type SseSign = 'error' | 'failed' | 'terminal' | 'done';

const lf = 0x0a;
const cr = 0x0d;

/** A frame larger than this is no longer held back until it is whole. Images come in megabytes. */
const maxHeldBytes = 16 * 1024 * 1024;

/** Events that end a Responses stream; the failed one is a failure in a 200. */
const eventSigns: Readonly<Record<string, SseSign>> = {
  error: 'error',
  'response.failed': 'failed',
  'response.completed': 'terminal',
  'response.incomplete': 'terminal',
};
const longestSign = Math.max(...Object.keys(eventSigns).map((name) => name.length));

/**
 * Cuts a byte stream into whole server-sent events without copying: a chunk that ends where an
 * event ends passes as it is. Looks only at the first bytes of each line.
 */
export class SseFrames {
  #held: Uint8Array | undefined;
  /** Offset in `#held` up to which lines have been looked at. */
  #scanned = 0;
  #unframed = false;
  /** Called at each line that means something, before the bytes are passed on. */
  readonly #onSign: (sign: SseSign, line: Uint8Array) => void;

  constructor(onSign: (sign: SseSign, line: Uint8Array) => void) {
    this.#onSign = onSign;
  }

  /** Takes bytes in and gives those out that end on an event boundary, if any do. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#unframed) return chunk;
    const bytes = this.#held === undefined ? chunk : joined(this.#held, chunk);
    const boundary = this.#scan(bytes);
    if (boundary === bytes.length) return this.#hold(undefined, 0, bytes);
    if (bytes.length - boundary > maxHeldBytes || this.#unframed) {
      this.#unframed = true;
      return this.#hold(undefined, 0, bytes);
    }
    const rest = boundary === 0 ? bytes : bytes.subarray(boundary);
    return this.#hold(rest, this.#scanned - boundary, boundary === 0 ? undefined : bytes.subarray(0, boundary));
  }

  /** What is held back: an event that never got its blank line. */
  rest(): Uint8Array | undefined {
    return this.#held;
  }

  #hold(rest: Uint8Array | undefined, scanned: number, out: Uint8Array | undefined): Uint8Array | undefined {
    this.#held = rest;
    this.#scanned = scanned;
    return out;
  }

  /** Walks the lines that are new and returns where the last whole event ends. */
  #scan(bytes: Uint8Array): number {
    let boundary = 0;
    let start = this.#scanned;
    for (let end = bytes.indexOf(lf, start); end !== -1; end = bytes.indexOf(lf, start)) {
      const length = end > start && bytes[end - 1] === cr ? end - 1 - start : end - start;
      if (length === 0) boundary = end + 1;
      else this.#look(bytes, start, start + length);
      start = end + 1;
    }
    this.#scanned = start;
    // Lone carriage returns may end lines too. Nobody sends them; if somebody does, bytes just pass.
    const loneCr = bytes.indexOf(cr, start);
    if (loneCr !== -1 && loneCr < bytes.length - 1) this.#unframed = true;
    return boundary;
  }

  #look(bytes: Uint8Array, start: number, end: number): void {
    const first = bytes[start];
    if (first === 0x65 /* e */ && startsWith(bytes, start, 'event:')) {
      const name = start + (bytes[start + 6] === 0x20 ? 7 : 6);
      this.#sign(bytes, name, end, bytes.subarray(start, end));
    } else if (first === 0x64 /* d */ && startsWith(bytes, start, 'data:')) {
      const data = start + (bytes[start + 5] === 0x20 ? 6 : 5);
      if (bytes[data] === 0x5b /* [ */) {
        if (startsWith(bytes, data, '[DONE]')) this.#onSign('done', bytes.subarray(start, end));
      } else if (bytes[data + 2] === 0x65 /* e */ && startsWith(bytes, data, '{"error":')) {
        if (bytes[data + 9] !== 0x6e /* n of null */) this.#onSign('error', bytes.subarray(data, end));
      } else if (bytes[data + 2] === 0x74 /* t */ && startsWith(bytes, data, '{"type":"')) {
        const close = bytes.indexOf(0x22, data + 9);
        this.#sign(bytes, data + 9, close === -1 ? end : close, bytes.subarray(data, end));
      }
    }
  }

  #sign(bytes: Uint8Array, start: number, end: number, line: Uint8Array): void {
    if (end - start > longestSign) return;
    let name = '';
    for (let at = start; at < end; at++) name += String.fromCharCode(bytes[at] as number);
    const sign = Object.hasOwn(eventSigns, name) ? eventSigns[name] : undefined;
    if (sign !== undefined) this.#onSign(sign, line);
  }
}

function startsWith(bytes: Uint8Array, start: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (bytes[start + at] !== text.charCodeAt(at)) return false;
  }
  return true;
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
