import { ChatOpenAI } from '@langchain/openai';
import { faults, startUpstream } from '@holdfast/testkit';
import { preset } from 'holdfast';

await using upstream = await startUpstream();
const resilient = preset({ service: 'chain', fallback: { models: { 'gpt-5': ['gpt-5-mini'] } } });

// LangChain makes the client itself; `configuration` is handed on to it.
const model = new ChatOpenAI({
  model: 'gpt-5',
  apiKey: 'sk-example',
  maxRetries: 0,
  configuration: { ...resilient.clientOptions, baseURL: upstream.baseURL },
});

upstream.script({ times: 2, fault: faults.rateLimit({ retryAfterMs: 100 }) });
const answer = await model.invoke('Will it hold?');
console.log(`two rate limits: ${String(answer.response_metadata['model_name'])}: ${answer.text}`);

upstream.script({ match: { model: 'gpt-5' }, fault: faults.overloaded() });
let streamed = '';
let by: unknown;
for await (const chunk of await model.stream('Will it hold?')) {
  streamed += chunk.text;
  by ??= chunk.response_metadata['model_name'];
}
console.log(`model down: ${String(by)}: ${streamed}`);

await resilient.close();
