import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ChatOpenAI } from '@langchain/openai';
import { faults, startUpstream, type Upstream } from '@holdfast/testkit';
import { preset } from 'holdfast';
import { describe, expect, it } from 'vitest';

const modelOn = (upstream: Upstream): ChatOpenAI =>
  new ChatOpenAI({
    model: 'gpt-5',
    apiKey: 'sk-example',
    maxRetries: 0,
    configuration: { ...preset().clientOptions, baseURL: upstream.baseURL },
  });

describe('LangChain over a pipeline', () => {
  it('answers through rate limits, and then by the cheaper model', async () => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@holdfast/source', main]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^two rate limits: gpt-5: \w+/m);
    expect(stdout).toMatch(/^model down: gpt-5-mini: \w+/m);
  });

  it('sends once what the caller got wrong, and says why', async () => {
    await using upstream = await startUpstream({ script: [{ fault: faults.status(400, { message: 'No.' }) }] });
    await expect(modelOn(upstream).invoke('Hold?')).rejects.toMatchObject({ status: 400 });
    expect(upstream.log).toHaveLength(1);
  });

  it('never takes a stream that was cut for a whole answer', async () => {
    await using upstream = await startUpstream({ script: [{ fault: faults.cutStream({ afterEvents: 4 }) }] });
    const read = async (): Promise<void> => {
      for await (const _chunk of await modelOn(upstream).stream('Hold?'));
    };
    await expect(read()).rejects.toMatchObject({ code: 'stream_interrupted' });
  });
});
