import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { channelTable } from '../test/channel-table.ts';
import { diagnosticChannels } from './index.ts';
import { defaults } from './options.ts';

const path = new URL('../README.md', import.meta.url).pathname;
const readme = readFileSync(path, 'utf8');

it('the README has the channels of the code, no more and no fewer (`vitest -u` writes them)', async () => {
  const between = /(?<=<!-- channels -->\n\n)[^]*(?=\n\n<!-- \/channels -->)/;
  expect(readme).toMatch(between);
  await expect(readme.replace(between, () => channelTable())).toMatchFileSnapshot(path);
});

it('the README has every option', () => {
  for (const option of Object.keys(defaults)) expect(readme).toContain(`| \`${option}\``);
});

it('each channel goes by the kind of its facts', () => {
  for (const [type, { name }] of Object.entries(diagnosticChannels)) expect(name).toBe(`holdfast:${type}`);
});
