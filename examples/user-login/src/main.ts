import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encryptionKey, sqliteStore } from '@holdfast/oauth';
import { startUpstream } from '@holdfast/testkit';
import { startDemoProvider } from './demo-provider.ts';
import { service } from './service.ts';

const port = Number(process.env['PORT'] ?? 3000);
const server = createServer();
await new Promise<void>((resolve) => {
  server.once('error', (error: NodeJS.ErrnoException) => {
    const isTaken = error.code === 'EADDRINUSE';
    console.error(isTaken ? `Port ${port} is taken. Set PORT to another one.` : `Cannot listen: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, '127.0.0.1', resolve);
});
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

// A provider and an API of its own, and a file of tokens under a key that nobody keeps: nothing of yours is needed.
const demo = await startDemoProvider(`${origin}/callback`);
const upstream = await startUpstream();
const folder = mkdtempSync(join(tmpdir(), 'user-login-'));
const store = sqliteStore({ path: join(folder, 'tokens.sqlite'), keys: encryptionKey(randomBytes(32), 'demo') });
const { issuer, clientId, clientSecret } = demo;
const { app, close } = service({ origin, issuer, clientId, clientSecret, baseURL: upstream.baseURL, store });
server.on('request', app);

console.log(`Ready. Open ${origin}, sign in as anybody, and ask the API as them: ${origin}/me`);
console.log(`A second user in a private window has tokens of their own. Ctrl-C ends it.`);

async function end(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await close();
  await Promise.all([demo[Symbol.asyncDispose](), upstream.close()]);
  rmSync(folder, { recursive: true });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
