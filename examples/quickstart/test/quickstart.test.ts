import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

it('answers through a rate limit and an overload, and then by the cheaper model', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@holdfast/source', main]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^rate limit, overload: answered by gpt-5: .+/m);
  expect(stdout).toMatch(/^model down: answered by gpt-5-mini: .+/m);
  const [first, second] = stdout.split('model down');
  expect(first?.match(/attempt \d: gpt-5 → \d+/g)).toEqual([
    'attempt 1: gpt-5 → 429',
    'attempt 2: gpt-5 → 503',
    'attempt 3: gpt-5 → 200',
  ]);
  expect(second).toMatch(/attempt \d: gpt-5-mini → 200/);
});

it('fits into forty lines', () => {
  expect(readFileSync(main, 'utf8').split('\n').length).toBeLessThan(40);
});
