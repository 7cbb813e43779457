/** Writes a log until it is killed, and says each time that a line is written. */
import { pipeline } from '@holdfast/core';
import { audit, fileSink } from '../src/index.ts';

const layer = audit({
  sink: fileSink({ path: process.argv[2] ?? '', sync: 'always' }),
  onRecord: ({ result }) => process.stdout.write(`${result}\n`),
});
const { fetch } = pipeline({ fetch: async () => Response.json({}) })
  .use(layer)
  .build();
const deadline = Date.now() + 10_000;
while (Date.now() < deadline) {
  await (await fetch('https://api.openai.com/v1/models')).text();
  await layer.flush();
}
