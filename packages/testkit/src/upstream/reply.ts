/** What a model operation consumed. */
export interface TokenUsage {
  /** Tokens read, cached ones included. */
  readonly inputTokens: number;
  /** Tokens of the input that came from the prompt cache. */
  readonly cachedTokens: number;
  /** Tokens written, reasoning included. */
  readonly outputTokens: number;
  /** Tokens of the output that were spent on thinking. */
  readonly reasoningTokens: number;
}

/**
 * What the server is going to say, as data. Handlers only make replies; sending them,
 * well or badly, is the business of the delivery.
 */
export interface Reply {
  /** HTTP status. */
  readonly status: number;
  /** `application/json` unless stated. */
  readonly contentType?: string;
  /** Headers beyond those which every reply carries. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body in one piece. Absent when {@link Reply.frames} are there. */
  readonly body?: string | Uint8Array;
  /** The body in pieces, each of which is one write: an event of a stream, a chunk of audio. */
  readonly frames?: Iterable<string | Uint8Array>;
  /** What it cost, for the log and for the usage report. */
  readonly usage?: TokenUsage;
}

/** A reply with a JSON body. */
export const jsonReply = (value: unknown, status = 200): Reply => ({ status, body: JSON.stringify(value) });

/** A reply that streams server-sent events. */
export const eventReply = (frames: Iterable<string>, usage?: TokenUsage): Reply => ({
  status: 200,
  contentType: 'text/event-stream; charset=utf-8',
  frames,
  ...(usage === undefined ? {} : { usage }),
});
