/** An app whose subscriber throws. Run by a test in a process of its own, as what it throws reaches the process. */
import { subscribe } from 'node:diagnostics_channel';
import { pipeline } from '@holdfast/core';
import { diagnostics } from '@holdfast/diagnostics';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const isHandled = process.argv.includes('--handled');
if (isHandled) process.on('uncaughtException', (error) => print(`uncaught: ${error.message}`));

subscribe('holdfast:call:start', () => {
  throw new Error('mine');
});
subscribe('holdfast:call:start', () => print('told all the same'));

const { fetch } = pipeline({ fetch: cannedFetch(() => jsonAnswer()) })
  .use(diagnostics())
  .build();
const response = await fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body: '{}' });
await response.text();
print(`answered ${response.status}`);
