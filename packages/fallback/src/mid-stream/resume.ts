import {
  askingFor,
  discard,
  eventData,
  faultOf,
  outcomeOfTap,
  retakeBody,
  sleep,
  type ByteSource,
  type Call,
  type JsonObject,
  type Next,
} from '@holdfast/core';
import type { Mend } from './mended-source.ts';
import type { Said } from './said.ts';

/** Between two looks at an answer that can no longer be streamed, in milliseconds. */
const pollMs = 2000;
/** Before the n-th resume: the first at once, as most cuts are of the connection and not of the answer. */
const backoffMs = (mends: number): number => (mends === 1 ? 0 : Math.min(8000, 250 * 2 ** (mends - 1)));

/**
 * Reads a response in the background on from where its stream stopped: the same answer, so nothing is asked or paid
 * for twice. When the upstream no longer streams it (after about five minutes), it is asked for until it has ended.
 */
export function resuming(call: Call, next: Next, maxMends: number): Mend | undefined {
  const json = call.body.json();
  if (call.route.operation !== 'responses' || json?.['background'] !== true) return undefined;
  let mends = 0;
  return async (said) => {
    const place = placeOf(said);
    if (place === undefined || ++mends > maxMends) return undefined;
    await sleep(call.clock, backoffMs(mends), call.signal);
    call.journey.decision('fallback', 'resume', `the stream broke after event ${place.sequence}`);
    const path = `${call.route.path}/${encodeURIComponent(place.id)}`;
    const response = await next(askingFor(call, 'GET', `${path}?stream=true&starting_after=${place.sequence}`));
    const source = response.ok && faultOf(response) === undefined ? retakeBody(response) : undefined;
    if (source !== undefined) return { response, source: new After(response, source, place.sequence) };
    discard(response);
    return polled(call, next, { path, place });
  };
}

interface Place {
  readonly id: string;
  readonly sequence: number;
}

/** Which answer, and its last event that the caller has. */
function placeOf(said: Said): Place | undefined {
  let id: unknown;
  let sequence: unknown;
  for (const data of said.events() ?? []) {
    const event = parsed(data);
    id ??= (event?.['response'] as JsonObject | undefined)?.['id'];
    sequence = event?.['sequence_number'] ?? sequence;
  }
  return typeof id === 'string' && typeof sequence === 'number' ? { id, sequence } : undefined;
}

/** What comes after an event that the caller has; an upstream may begin a little earlier. */
class After implements ByteSource {
  readonly #response: Response;
  readonly #source: ByteSource;
  #sequence: number;

  constructor(response: Response, source: ByteSource, sequence: number) {
    this.#response = response;
    this.#source = source;
    this.#sequence = sequence;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const block = await this.#source.read();
      if (block === undefined || outcomeOfTap(this.#response)?.ending === 'failed') return block;
      const fresh = [...eventData(new TextDecoder().decode(block))].filter((data) => this.#isNew(data));
      if (fresh.length > 0) return new TextEncoder().encode(fresh.map(eventOf).join(''));
    }
  }

  cancel(reason?: unknown): void | Promise<void> {
    return this.#source.cancel(reason);
  }

  #isNew(data: string): boolean {
    const sequence = parsed(data)?.['sequence_number'];
    if (typeof sequence !== 'number') return true;
    if (sequence <= this.#sequence) return false;
    this.#sequence = sequence;
    return true;
  }
}

/** Waits for the end of an answer, and tells it as the event that a stream would have ended with. */
async function polled(call: Call, next: Next, { path, place }: { readonly path: string; readonly place: Place }) {
  for (;;) {
    const response = await next(askingFor(call, 'GET', path));
    const answer = response.ok ? ((await response.json()) as JsonObject) : undefined;
    if (answer === undefined) {
      discard(response);
      return undefined;
    }
    const status = String(answer['status']);
    if (status !== 'queued' && status !== 'in_progress') {
      const type = `response.${status === 'cancelled' ? 'incomplete' : status}`;
      const event = eventOf(JSON.stringify({ type, sequence_number: place.sequence + 1, response: answer }));
      const blocks = [new TextEncoder().encode(event)];
      return { response, source: { read: () => blocks.shift(), cancel: () => undefined } };
    }
    call.journey.wait('fallback', pollMs, 'the response is still being made');
    await sleep(call.clock, pollMs, call.signal);
  }
}

function eventOf(data: string): string {
  const type = parsed(data)?.['type'];
  return `${typeof type === 'string' ? `event: ${type}\n` : ''}data: ${data}\n\n`;
}

function parsed(data: string): JsonObject | undefined {
  try {
    return JSON.parse(data) as JsonObject;
  } catch {
    return undefined;
  }
}
