import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startUpstream } from '@holdfast/testkit';
import { startInstrumentation } from '../src/instrumentation.ts';
import { createService } from '../src/service.ts';
import { traffic } from '../src/traffic.ts';
import { badDay, keys, limits } from '../src/weather.ts';

/** The service in the middle of a short bad day, and where its metrics are. */
export interface Running extends AsyncDisposable {
  readonly target: string;
  /** Ends when the day does. */
  readonly day: Promise<{ readonly answered: number; readonly failed: number }>;
}

export async function running(durationMs: number): Promise<Running> {
  const instrumentation = startInstrumentation();
  const server = createServer(instrumentation.onScrape);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream = await startUpstream({ keys, limits, script: badDay(durationMs) });
  const service = createService(upstream.baseURL, keys);
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    day: traffic(service.client, { durationMs, everyMs: 25 }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await service.close();
      await upstream.close();
      await instrumentation.close();
    },
  };
}
