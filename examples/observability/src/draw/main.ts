import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { startUpstream } from '@holdfast/testkit';
import { dashboardFolder, dashboards } from '../dashboard.ts';
import { startInstrumentation } from '../instrumentation.ts';
import { hasPrometheus, startPrometheus } from '../prometheus.ts';
import { createService } from '../service.ts';
import { traffic } from '../traffic.ts';
import { badDay, keys, limits } from '../weather.ts';
import { drawDashboard } from './draw-dashboard.ts';

const durationMs = 1000 * Number(process.env['SECONDS_TO_RUN'] ?? 120);
if (!hasPrometheus()) {
  console.error('The pictures are drawn from what Prometheus answers, and there is none. apt-get install prometheus');
  process.exit(1);
}
const instrumentation = startInstrumentation();
const server = createServer(instrumentation.onScrape);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const prometheus = await startPrometheus(`127.0.0.1:${(server.address() as AddressInfo).port}`);
const upstream = await startUpstream({ keys, limits, script: badDay(durationMs) });
const service = createService(upstream.baseURL, keys);
const start = Date.now() / 1000;
console.log(`Watching a bad day of ${durationMs / 1000} s …`);
await traffic(service.client, { durationMs, everyMs: 40 });
const span = { start, end: Date.now() / 1000 };
for (const [name, dashboard] of dashboards()) {
  const file = dashboardFolder + name.replace('.json', '.svg');
  writeFileSync(file, await drawDashboard(dashboard, prometheus, span));
  console.log(file);
}
server.closeAllConnections();
server.close();
await prometheus[Symbol.asyncDispose]();
await service.close();
await upstream.close();
await instrumentation.close();
