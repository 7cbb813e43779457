import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startUpstream } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');

/** Every README of the workspace and what it refers to, with the blocks of TypeScript in it. */
const readmes = [
  join(root, 'README.md'),
  ...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'README.md')),
  ...['auth/docs/sources', 'auth/docs/signing', 'oauth/docs/stores'].map((name) =>
    join(root, 'packages', `${name}.md`),
  ),
].flatMap((file) => {
  const text = readOrEmpty(file);
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code as string);
  return blocks.map((code, index) => ({ name: `${relative(root, file)} #${index + 1}`, file, code }));
});

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

describe('the code in a README', () => {
  it.concurrent.each(readmes)('$name runs as it stands', async ({ name, file, code }) => {
    await using upstream = await startUpstream();
    // Beside the package that it documents, where its imports resolve as its reader's would.
    const folder = dirname(file) === root ? join(root, 'packages/holdfast') : dirname(file).replace(/\/docs$/, '');
    const script = join(folder, `.readme-${name.replace(/\W+/g, '-')}.ts`);
    writeFileSync(script, code);
    try {
      const { stderr } = await run(process.execPath, ['--conditions=@holdfast/source', '--no-warnings', script], {
        env: { ...process.env, OPENAI_API_KEY: 'sk-readme', OPENAI_BASE_URL: upstream.baseURL },
        timeout: 15_000,
      });
      expect(stderr).toBe('');
    } finally {
      rmSync(script);
    }
  });

  it('at the root fits on a page', () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8').split('\n').length).toBeLessThan(150);
  });
});
