import { fileURLToPath } from 'node:url';
import { faults, startUpstream } from '@holdfast/testkit';
import { loadServices } from 'holdfast';
import OpenAI from 'openai';
import { createApp } from './app.ts';

// Without a key of yours there is a fake of the API, on which gpt-5 fails half of the time.
const upstream = process.env['OPENAI_API_KEY'] === undefined ? await startUpstream() : undefined;
if (upstream !== undefined) {
  Object.assign(process.env, { OPENAI_API_KEY: 'sk-example', OPENAI_BASE_URL: upstream.baseURL });
  upstream.script({ match: { model: 'gpt-5' }, probability: 0.5, fault: faults.overloaded() });
}

const services = loadServices(fileURLToPath(new URL('../holdfast.yaml', import.meta.url)));
const pipeline = services.get('answers');
const app = createApp({ client: pipeline.wrap(new OpenAI()), pipeline });

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', (error) => {
  if (error !== undefined) throw error;
  const { port } = server.address() as { port: number };
  const asking = `-H content-type:application/json -d '{"question":"Will it hold?"}'`;
  console.log(`Ready. Ask:\n  curl http://127.0.0.1:${port}/answers ${asking}`);
  console.log(`  curl -N http://127.0.0.1:${port}/answers/stream ${asking}`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    void Promise.all([services.close(), upstream?.close()]);
  });
