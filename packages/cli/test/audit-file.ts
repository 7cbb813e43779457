import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { audit, breaker, circuitEngine, fileSink, pipeline, retry } from 'holdfast';

/** The key of the chain of {@link auditFile}. */
export const chainKey = 'a-key-of-sixteen-and-more';

/**
 * Writes the log of four calls in `folder`: one that is fine, one that is retried, one that fails, and one that an open
 * circuit refuses. Gives its path and its lines.
 */
export async function auditFile(folder: string): Promise<{ readonly file: string; readonly lines: readonly string[] }> {
  const file = join(folder, 'audit.jsonl');
  const answers = [200, 503, 200, 400];
  const usage = { prompt_tokens: 1_000_000, completion_tokens: 100_000 };
  const engine = circuitEngine();
  engine.isolate('https://api.openai.com gpt-4.1 chat');
  const resilient = pipeline({
    service: 'shop',
    fetch: async () => Response.json({ model: 'gpt-5-2025-08-07', usage }, { status: answers.shift() ?? 500 }),
  })
    .use(audit({ sink: fileSink({ path: file }), key: chainKey }))
    .use(retry({ initialDelayMs: 1, maxDelayMs: 2 }))
    .use(breaker({ engine }))
    .build();
  for (const model of ['gpt-5', 'gpt-5', 'gpt-5', 'gpt-4.1']) {
    const body = JSON.stringify({ model, messages: [] });
    const asked = resilient.fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body });
    await (await asked).text();
  }
  await resilient.close();
  return { file, lines: readFileSync(file, 'utf8').trimEnd().split('\n') };
}
