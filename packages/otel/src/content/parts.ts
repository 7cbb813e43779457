/**
 * What a message is made of, in the shape of the conventions.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/
 */
export interface Part {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A message that goes in. */
export interface Message {
  readonly role: string;
  readonly parts: readonly Part[];
  readonly name?: string;
}

/** A message that comes out. */
export interface OutputMessage extends Message {
  readonly finish_reason: string;
}

/** A tool that the model may call. */
export interface ToolDefinition {
  readonly type: string;
  readonly name: string;
  readonly [member: string]: unknown;
}

/** What was said in a call. Absent is what there was none of. */
export interface Content {
  readonly input?: readonly Message[];
  readonly output?: readonly OutputMessage[];
  readonly instructions?: readonly Part[];
  readonly tools?: readonly ToolDefinition[];
}

/** Any object of the API: nothing in it is sure to be there. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** What names a kind of something. Whatever else stands there is content, and not told. */
export const kindOf = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && /^[a-z][a-z0-9_.]{0,39}$/.test(value) ? value : otherwise;

export const textPart = (content: string): Part => ({ type: 'text', content });

/** A call of a tool; arguments that are JSON are told as what they say. */
export const toolCallPart = (id: unknown, name: unknown, args: unknown): Part => ({
  type: 'tool_call',
  ...(typeof id === 'string' && { id }),
  name: typeof name === 'string' ? name : '',
  arguments: typeof args === 'string' ? parsed(args) : (args ?? null),
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
