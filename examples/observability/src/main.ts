import { createServer } from 'node:http';
import { startUpstream } from '@holdfast/testkit';
import { startInstrumentation } from './instrumentation.ts';
import { createService } from './service.ts';
import { traffic } from './traffic.ts';
import { badDay, keys, limits } from './weather.ts';

const port = Number(process.env['PORT'] ?? 9464);
const seconds = Number(process.env['SECONDS_TO_RUN'] ?? 300);
const instrumentation = startInstrumentation(process.env['OTEL_EXPORTER_OTLP_ENDPOINT']);
const server = createServer((request, response) => {
  if (request.url === '/metrics') instrumentation.onScrape(request, response);
  else response.writeHead(404).end('Metrics are at /metrics.\n');
});
await new Promise<void>((resolve) => {
  server.once('error', (error: NodeJS.ErrnoException) => {
    const isTaken = error.code === 'EADDRINUSE';
    console.error(isTaken ? `Port ${port} is taken. Set PORT to another one.` : `Cannot listen: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, '127.0.0.1', resolve);
});

const day = { durationMs: seconds * 1000, everyMs: 50 };
const upstream = await startUpstream({ keys, limits, script: badDay(day.durationMs) });
const service = createService(upstream.baseURL, keys);
console.log(`A bad day at the API begins; it lasts ${seconds} s. Metrics: http://127.0.0.1:${port}/metrics`);
console.log('prometheus --config.file=prometheus.yaml scrapes them. Ctrl-C ends it.');

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const { answered, failed } = await traffic(service.client, { ...day, signal: interruption.signal });
console.log(`${answered} answered, ${failed} not.`);
server.closeAllConnections();
server.close();
await service.close();
await upstream.close();
await instrumentation.close();
