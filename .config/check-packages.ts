/** Checks each package as it would be published, and who imports whom. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;

/** May import everything; nothing imports them. */
const fronts = new Set(['holdfast', '@holdfast/gateway', '@holdfast/cli']);

const isOurs = (name: string): boolean => name === 'holdfast' || name.startsWith('@holdfast/');

/** A layer imports core and the library of its field, never a sibling. */
function strayImports({ name, dependencies = {} }: Manifest): string[] {
  if (fronts.has(name)) return [];
  return Object.keys(dependencies)
    .filter((other) => isOurs(other) && (other !== '@holdfast/core' || name === '@holdfast/core'))
    .map((other) => `${name} depends on ${other}; what siblings must agree on is a type in @holdfast/core`);
}

/** What publint and attw say of the tarball; empty when they are content. */
async function complaints(folder: string, temporary: string): Promise<string[]> {
  const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', temporary], { cwd: folder });
  const { filename } = JSON.parse(stdout) as { filename: string };
  const checks = [
    ['publint', filename, '--strict'],
    ['attw', filename, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'],
  ];
  const found: string[] = [];
  for (const [command = '', ...args] of checks) {
    const failure = await run(join(root, 'node_modules/.bin', command), args).then(
      () => undefined,
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
    if (failure !== undefined) found.push(`${command} ${folder}:\n${failure}`);
  }
  return found;
}

async function check(name: string, temporary: string): Promise<string[]> {
  const folder = join(root, 'packages', name);
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  return [...strayImports(manifest), ...(await complaints(folder, temporary))];
}

const temporary = await mkdtemp(join(tmpdir(), 'holdfast-packages-'));
try {
  const names = await readdir(join(root, 'packages'));
  const found = (await Promise.all(names.map((name) => check(name, temporary)))).flat();
  for (const complaint of found) process.stderr.write(`${complaint}\n`);
  if (found.length > 0) process.exitCode = 1;
  else process.stdout.write(`${names.length} packages are fit to publish.\n`);
} finally {
  await rm(temporary, { recursive: true });
}
