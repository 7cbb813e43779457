import { contentOf, type StreamContent } from './stream-content.ts';

/**
 * What an event says about the pace of its stream: the kind of content that it brings, `thinking` where a thought
 * begins that is not shown, and `none` for everything that only frames the answer.
 */
export type PaceEvent = StreamContent['kind'] | 'thinking';

/**
 * Watches one attempt from the inside, for whoever bounds its time: what came, and whether anybody waits for more.
 * A caller who takes his time reads nothing meanwhile, so that is never the upstream's silence.
 */
export interface Pace {
  /**
   * A JSON answer is read before it is handed on. Only until then can another attempt take the place of this one,
   * and a body may drip for as long as it likes.
   */
  readonly wantsWhole: boolean;
  /** Whether {@link Pace.event} is to be called, which means looking into every event. */
  readonly wantsEvents: boolean;
  /** A request leaves; another one, where the first one's credential was refused. */
  sent(): void;
  /** The headers of an answer came. */
  headersCame(isStream: boolean): void;
  /** All of the answer is here, though nobody has read it yet. */
  arrived(): void;
  /** Somebody waits for bytes of the body. */
  waiting(): void;
  /** They came, or will not come any more. */
  came(): void;
  /** An event with data came. Comments that keep a connection alive are none. */
  event(kind: PaceEvent): void;
}

/**
 * Whether a block with one event plainly brings words. Most events are words, and parsing each
 * costs more than everything else that is done with them. What looks like a key is one: inside a text its quotes would
 * be escaped.
 */
export function plainWord(block: string): boolean {
  const at = block.indexOf(chatWord);
  if (at !== -1) return block.charCodeAt(at + chatWord.length) !== quote;
  return block.startsWith(responseWord) || block.startsWith(namedWord);
}

const quote = 0x22;
const chatWord = '"delta":{"content":"';
const responseWord = 'data: {"type":"response.output_text.delta"';
const namedWord = `event: response.output_text.delta\n${responseWord}`;

/** What the data of one event says about the pace. */
export function paceEventOf(data: string): PaceEvent {
  const { kind } = contentOf(data);
  return kind === 'none' && isThoughtBegun(data) ? 'thinking' : kind;
}

const isThoughtBegun = (data: string): boolean =>
  data.includes('"response.output_item.added"') && /"type":\s*"reasoning"/.test(data);
