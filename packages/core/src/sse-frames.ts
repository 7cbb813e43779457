/** What an event tells about its stream; `finish` once for each choice that finishes. */
export type SseSign = 'error' | 'failed' | 'terminal' | 'done' | 'finish';

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const quote = 0x22;
const colon = 0x3a;
const underscore = 0x5f;

/** An event larger than this is no longer held back until it is whole. Images come in megabytes. */
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
 * Cuts a byte stream into whole server-sent events, without copying where a chunk ends with an
 * event. Looks only at the first bytes of each line, and for finish reasons where they are asked for.
 */
export class SseFrames {
  /** Bytes of the event that is not whole yet. */
  #held: Uint8Array | undefined;
  /** The array that `#held` begins, with room behind it. */
  #room: Uint8Array | undefined;
  /** Where the current line starts in `#held`, and up to where its end has been looked for. */
  #lineStart = 0;
  #searched = 0;
  /** The current line began in bytes that were passed on before their event was whole. */
  #inPassedLine = false;
  #sign: SseSign | undefined;
  #finishes = 0;
  #hasData = false;
  #events = 0;
  readonly #onSign: (sign: SseSign, event: Uint8Array) => void;
  readonly #countsFinishes: boolean;

  /**
   * @param onSign - called for each whole event that means something, before its bytes are passed on.
   * @param countsFinishes - whether to look for the `finish_reason` of choices.
   */
  constructor(onSign: (sign: SseSign, event: Uint8Array) => void, countsFinishes: boolean) {
    this.#onSign = onSign;
    this.#countsFinishes = countsFinishes;
  }

  /** How many events with data were passed on; comments that keep a connection alive are none. */
  get events(): number {
    return this.#events;
  }

  /** Takes bytes in and gives those out that end on an event boundary, if any do. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    const bytes = this.#held === undefined ? chunk : this.#append(this.#held, chunk);
    const boundary = this.#scan(bytes);
    const isTooLong = bytes.length - boundary > maxHeldBytes;
    if (boundary === bytes.length || isTooLong) {
      this.#inPassedLine = isTooLong && this.#lineStart < bytes.length;
      this.#hold(undefined, bytes.length);
      return bytes.length === 0 ? undefined : bytes;
    }
    if (boundary === 0) {
      this.#held = bytes;
      return undefined;
    }
    this.#hold(bytes.subarray(boundary), boundary);
    return bytes.subarray(0, boundary);
  }

  /** What is held back: an event that never got its blank line. */
  rest(): Uint8Array | undefined {
    return this.#held;
  }

  #hold(rest: Uint8Array | undefined, passed: number): void {
    this.#held = rest;
    this.#room = undefined;
    this.#lineStart = Math.max(0, this.#lineStart - passed);
    this.#searched = Math.max(0, this.#searched - passed);
  }

  /** Room doubles, so that an event in a thousand pieces is not copied a thousand times. */
  #append(held: Uint8Array, chunk: Uint8Array): Uint8Array {
    const length = held.length + chunk.length;
    if (this.#room === undefined || this.#room.length < length) {
      this.#room = new Uint8Array(length * 2);
      this.#room.set(held);
    }
    this.#room.set(chunk, held.length);
    return this.#room.subarray(0, length);
  }

  /** Walks the lines that are new and returns where the last whole event ends. */
  #scan(bytes: Uint8Array): number {
    let boundary = 0;
    let nextLf = bytes.indexOf(lf, this.#searched);
    let nextCr = bytes.indexOf(cr, this.#searched);
    for (;;) {
      const isCr = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf);
      const end = isCr ? nextCr : nextLf;
      // A carriage return at the end of what is there may be half of a line break.
      const isOpen = end === -1 || (isCr && end + 1 === bytes.length);
      if (isOpen) {
        this.#searched = end === -1 ? bytes.length : end;
        return boundary;
      }
      const next = isCr && nextLf === end + 1 ? end + 2 : end + 1;
      if (this.#inPassedLine) this.#inPassedLine = false;
      else if (end > this.#lineStart) this.#look(bytes, this.#lineStart, end);
      else {
        this.#endEvent(bytes, boundary, next);
        boundary = next;
      }
      this.#lineStart = next;
      if (nextLf !== -1 && nextLf < next) nextLf = bytes.indexOf(lf, next);
      if (nextCr !== -1 && nextCr < next) nextCr = bytes.indexOf(cr, next);
    }
  }

  #endEvent(bytes: Uint8Array, start: number, end: number): void {
    if (this.#hasData) this.#events++;
    this.#hasData = false;
    for (; this.#finishes > 0; this.#finishes--) this.#onSign('finish', bytes.subarray(start, end));
    const sign = this.#sign;
    this.#sign = undefined;
    if (sign !== undefined) this.#onSign(sign, bytes.subarray(start, end));
  }

  #look(bytes: Uint8Array, start: number, end: number): void {
    const first = bytes[start];
    if (first === 0x64 /* d */ && startsWith(bytes, start, 'data:')) {
      this.#hasData = true;
      this.#lookAtData(bytes, bytes[start + 5] === space ? start + 6 : start + 5, end);
    } else if (first === 0x65 /* e */ && startsWith(bytes, start, 'event:')) {
      this.#sign ??= signNamed(bytes, bytes[start + 6] === space ? start + 7 : start + 6, end);
    } else if (first === 0xef && startsWith(bytes, start, '\xef\xbb\xbf') /* byte order mark */)
      this.#look(bytes, start + 3, end);
  }

  #lookAtData(bytes: Uint8Array, start: number, end: number): void {
    if (bytes[start] === 0x5b /* [ */) {
      if (startsWith(bytes, start, '[DONE]')) this.#sign ??= 'done';
      return;
    }
    if (startsWith(bytes, start, '{"error":')) this.#sign ??= 'error';
    else if (startsWith(bytes, start, '{"type":"')) {
      const close = bytes.indexOf(quote, start + 9);
      this.#sign ??= signNamed(bytes, start + 9, close === -1 ? end : close);
    }
    if (this.#countsFinishes) this.#countFinishes(bytes, start, end);
  }

  /** `"finish_reason":"…"` as a key; inside a text its quotes would be escaped. */
  #countFinishes(bytes: Uint8Array, start: number, end: number): void {
    for (let at = bytes.indexOf(underscore, start); at !== -1 && at < end; at = bytes.indexOf(underscore, at + 1)) {
      // Most other keys with an underscore differ next to it.
      if (bytes[at - 1] !== 0x68 /* h */ || !startsWith(bytes, at - 7, '"finish_reason"')) continue;
      let value = at + 8;
      while (bytes[value] === space || bytes[value] === colon) value++;
      if (bytes[value] !== quote || bytes[value + 1] === quote) continue;
      if (startsWith(bytes, value, '"error"')) this.#sign ??= 'error';
      else this.#finishes++;
    }
  }
}

function signNamed(bytes: Uint8Array, start: number, end: number): SseSign | undefined {
  if (end - start > longestSign) return undefined;
  let name = '';
  for (let at = start; at < end; at++) name += String.fromCharCode(bytes[at] as number);
  return Object.hasOwn(eventSigns, name) ? eventSigns[name] : undefined;
}

function startsWith(bytes: Uint8Array, start: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (bytes[start + at] !== text.charCodeAt(at)) return false;
  }
  return true;
}
