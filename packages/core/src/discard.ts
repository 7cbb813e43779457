/** Bodies up to this size are read to the end, so that their connection can be used again. */
const drainBytes = 64 * 1024;

/**
 * Gets rid of an answer that nobody will read: a small body is drained, a large one cancelled.
 * Cancelling alone would close the connection each time. Never throws and never waits.
 */
export function discard(response: Response): void {
  const body = response.bodyUsed ? null : response.body;
  if (body === null || body.locked) return;
  if (Number(response.headers.get('content-length') ?? 0) > drainBytes) {
    body.cancel().catch(() => undefined);
    return;
  }
  drain(body.getReader()).catch(() => undefined);
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let left = drainBytes;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    left -= value.length;
    if (left < 0) return reader.cancel();
  }
}
