import type { Call } from './call.ts';
import { guardTimer } from './clock.ts';

/** An error body longer than this is not read. */
const maxErrorBytes = 64 * 1024;
/** An error body that takes longer than this is not waited for. */
const maxErrorBodyMs = 1000;

/**
 * The text of an error body in JSON, read from a clone because the caller will read the original; `undefined` where it
 * is none, too long or too slow.
 *
 * @throws what broke it, once the caller has aborted.
 */
export async function errorText(call: Call, response: Response): Promise<string | undefined> {
  const { headers } = response;
  if (response.body === null || !/json/.test(headers.get('content-type') ?? 'json')) return undefined;
  if (Number(headers.get('content-length') ?? 0) > maxErrorBytes) return undefined;
  const reader = (response.clone().body as ReadableStream<Uint8Array>).getReader();
  let expired = false;
  const timer = call.clock.setTimer(
    () => {
      expired = true;
      reader.cancel().catch(() => undefined);
    },
    maxErrorBodyMs,
    guardTimer,
  );
  try {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return expired ? undefined : text;
      text += decoder.decode(value, { stream: true });
      if (text.length > maxErrorBytes) {
        reader.cancel().catch(() => undefined);
        return undefined;
      }
    }
  } catch (error) {
    // The caller's abort wins over a broken error body; otherwise the status alone must do.
    if (call.signal?.aborted === true) throw error;
    return undefined;
  } finally {
    timer.cancel();
  }
}
