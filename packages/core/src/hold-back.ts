import { before } from './byte-source.ts';
import type { Fault } from './fault.ts';
import { contentOf, eventData } from './stream-content.ts';
import { contentCame, outcomeOfTap, retakeBody } from './tap.ts';
import { OpenToolCalls } from './tool-calls.ts';

/**
 * How much of a stream is kept from the caller until it may no longer be replaced without trace. Whatever comes
 * first of the two lets it go; without either, the first content does. A call to a tool that has begun is kept back
 * until it is whole, however little was asked for: half of it could not be replaced.
 */
export interface HoldBack {
  /** Events with content; for models about one token each. */
  readonly tokens?: number;
  /** Bytes of the stream. */
  readonly bytes?: number;
}

/** Bytes kept at most, whatever was asked for: a stream is not a place to store things. */
const maxHeldBytes = 1024 * 1024;

/**
 * Reads the beginning of a stream until it is committed, and puts it back in front of the rest. Returns the fault
 * of a stream that failed before: nobody has seen any of it, so it is a failed attempt like any other.
 */
export async function heldBack(response: Response, hold: HoldBack): Promise<Fault | undefined> {
  const source = retakeBody(response);
  if (source === undefined) return undefined;
  const { tokens = hold.bytes === undefined ? 1 : Number.POSITIVE_INFINITY, bytes = maxHeldBytes } = hold;
  const limitBytes = Math.min(bytes, maxHeldBytes);
  const decoder = new TextDecoder();
  const calls = new OpenToolCalls();
  const blocks: Uint8Array[] = [];
  let heldBytes = 0;
  let heldTokens = 0;
  const isHeld = (): boolean =>
    (heldTokens < tokens && heldBytes < limitBytes) || (calls.any && heldBytes < maxHeldBytes);
  // One that has said how it ended may still keep its connection open, and nothing more would come.
  while (isHeld() && outcomeOfTap(response) === undefined) {
    const block = await source.read();
    if (block === undefined) break;
    blocks.push(block);
    heldBytes += block.length;
    for (const data of eventData(decoder.decode(block))) {
      calls.add(data);
      // One read of the socket may bring a whole answer, and its first word is enough.
      if (heldTokens >= tokens || contentOf(data).kind === 'none') continue;
      if (heldTokens++ === 0) contentCame(response);
    }
  }
  retakeBody(response, before(blocks, source));
  return outcomeOfTap(response)?.fault;
}
