/** The last block of a stream that broke: what was still good of it, and what the caller is told. */
export interface BrokenBlock {
  readonly good: Uint8Array | undefined;
  /** The error of the event that ends it, ours or the upstream's own. */
  readonly event: { readonly text: string; readonly data: Record<string, unknown> } | undefined;
}

/** Takes the error event off the end of a block. */
export function brokenBlock(block: Uint8Array): BrokenBlock {
  const text = new TextDecoder().decode(block);
  const at = Math.max(
    text.lastIndexOf('event: error'),
    text.lastIndexOf('data: {"error"'),
    text.lastIndexOf('data:{"error"'),
  );
  const tail = at < 0 ? '' : text.slice(at);
  const data = parsed(/(?:^|\n)data: ?(.*)/.exec(tail)?.[1]);
  if (data === undefined) return { good: block, event: undefined };
  return { good: at === 0 ? undefined : new TextEncoder().encode(text.slice(0, at)), event: { text: tail, data } };
}

/** The same event, with the text so far: for the caller, who has it already, and for nobody else. */
export function withPartial(
  { text, data }: NonNullable<BrokenBlock['event']>,
  partial: { readonly text: string; readonly tokens: number } | undefined,
): Uint8Array {
  const error = data['error'];
  if (partial === undefined || typeof error !== 'object' || error === null) return new TextEncoder().encode(text);
  const told = JSON.stringify({ ...data, error: { ...error, partial } });
  return new TextEncoder().encode(`event: error\ndata: ${told}\n\n`);
}

/** What had been said when a stream broke, from the error that the client made of it. */
export function partialOf(error: unknown): { readonly text: string; readonly tokens: number } | undefined {
  const body = (error as { error?: { partial?: unknown } } | null)?.error;
  const partial = body?.partial as { text?: unknown; tokens?: unknown } | undefined;
  const { text, tokens } = partial ?? {};
  return typeof text === 'string' && typeof tokens === 'number' ? { text, tokens } : undefined;
}

function parsed(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text ?? '') as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
