import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createOpenAI } from '@ai-sdk/openai';
import { faults, startUpstream } from '@holdfast/testkit';
import { generateText, streamText } from 'ai';
import { preset } from 'holdfast';
import { describe, expect, it } from 'vitest';

describe('the AI SDK over a pipeline', () => {
  it('answers through rate limits, and then by the cheaper model', async () => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@holdfast/source', main]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^two rate limits: gpt-5: \w+/m);
    expect(stdout).toMatch(/^model down: gpt-5-mini: \w+/m);
  });

  it.each(['chat', 'responses'] as const)('%s: sends once what the caller got wrong, and says why', async (api) => {
    await using upstream = await startUpstream({ script: [{ fault: faults.status(400, { message: 'No.' }) }] });
    const { fetch } = preset();
    const openai = createOpenAI({ apiKey: 'sk-example', baseURL: upstream.baseURL, fetch });
    const asked = generateText({ model: openai[api]('gpt-5'), prompt: 'Hold?', maxRetries: 0 });
    await expect(asked).rejects.toMatchObject({ statusCode: 400, message: 'No.' });
    expect(upstream.log).toHaveLength(1);
  });

  it.each(['chat', 'responses'] as const)('%s: a stream that is cut is an error and no answer', async (api) => {
    await using upstream = await startUpstream({ script: [{ fault: faults.cutStream({ afterEvents: 5 }) }] });
    const { fetch } = preset();
    const openai = createOpenAI({ apiKey: 'sk-example', baseURL: upstream.baseURL, fetch });
    const errors: unknown[] = [];
    const stream = streamText({
      model: openai[api]('gpt-5'),
      prompt: 'Hold?',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    await stream.consumeStream();
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).toContain('stream_interrupted');
  });
});
