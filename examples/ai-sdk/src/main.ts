import { createOpenAI } from '@ai-sdk/openai';
import { faults, startUpstream } from '@holdfast/testkit';
import { generateText, streamText } from 'ai';
import { preset } from 'holdfast';

await using upstream = await startUpstream();
const resilient = preset({ service: 'chat', fallback: { models: { 'gpt-5': ['gpt-5-mini'] } } });
const openai = createOpenAI({ apiKey: 'sk-example', baseURL: upstream.baseURL, fetch: resilient.fetch });

// The pipeline retries; what the SDK would add on top would only multiply it.
const asking = { model: openai('gpt-5'), prompt: 'Will it hold?', maxRetries: 0 };

upstream.script({ times: 2, fault: faults.rateLimit({ retryAfterMs: 100 }) });
const { text, response } = await generateText(asking);
console.log(`two rate limits: ${response.modelId}: ${text}`);

upstream.script({ match: { model: 'gpt-5' }, fault: faults.overloaded() });
const stream = streamText(asking);
let streamed = '';
for await (const words of stream.textStream) streamed += words;
console.log(`model down: ${(await stream.response).modelId}: ${streamed}`);

await resilient.close();
