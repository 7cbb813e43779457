import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { attributeTable } from '../test/attribute-table.ts';
import { metricTables } from '../test/metric-table.ts';
import packageJson from '../package.json' with { type: 'json' };
import { attributes, metricAttributes, metricCatalogue } from './index.ts';
import { defaults } from './options.ts';
import { scope } from './scope.ts';

const path = new URL('../README.md', import.meta.url).pathname;
const readme = readFileSync(path, 'utf8');

describe('the README', () => {
  it('has the attributes and metrics of the code, no more and no fewer (`vitest -u` writes them)', async () => {
    const attributesThere = /(?<=<!-- attributes -->\n\n)[^]*(?=\n\n<!-- \/attributes -->)/;
    const metricsThere = /(?<=<!-- metrics -->\n\n)[^]*(?=\n\n<!-- \/metrics -->)/;
    expect(readme).toMatch(attributesThere);
    expect(readme).toMatch(metricsThere);
    const written = readme.replace(attributesThere, () => attributeTable()).replace(metricsThere, () => metricTables());
    await expect(written).toMatchFileSnapshot(path);
  });

  it('shows code that runs', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-test');
    const { client, resilient } = await import('../test/usage.ts');
    expect(resilient.describe()).toContain('telemetry');
    expect(client.maxRetries).toBe(0);
    const usage = readFileSync(new URL('../test/usage.ts', import.meta.url), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${usage}\`\`\``);
  });

  it('has every option', () => {
    for (const option of Object.keys(defaults)) expect(readme).toContain(`| \`${option}\``);
  });
});

describe('the names of this package', () => {
  it('are each one attribute, in lower case', () => {
    const names = Object.values(attributes).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$/);
  });

  it('are each one metric, and one attribute of metrics, in lower case', () => {
    const names = [...Object.values(metricCatalogue), ...Object.values(metricAttributes)].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+$/);
  });

  it('stand as the scope of its spans, with its version', () => {
    expect(scope).toEqual({ name: packageJson.name, version: packageJson.version });
  });
});
