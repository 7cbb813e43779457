import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = new URL('../../..', import.meta.url).pathname;
const otel = join(root, 'packages/otel');

/** How an app is written and shipped. */
export type Form = 'esm' | 'cjs' | 'bundle';

/** SDK 2 stands where its packages resolve. */
const starters = { 'sdk-2': 'sdk-2/index', 'sdk-3': 'apps/sdk-3', 'no-sdk': 'apps/no-sdk' } as const;

/** An app to lay out. */
export interface AppPlan {
  readonly form: Form;
  /** What starts its SDK. */
  readonly sdk: keyof typeof starters;
  /** Packages of OpenTelemetry that it has installed: by name, the folder that has them as a dependency. */
  readonly installed: Readonly<Record<string, string>>;
  /** A copy of the API that only `@holdfast/otel` sees: the folder that has it as a dependency. */
  readonly ownApi?: string;
}

/** Folder of the packages with API 1.10 and SDK 3, and that with API 1.9 and SDK 2. */
export const newest: string = otel;
export const oldest: string = join(otel, 'test/sdk-2');

/** A folder with the packages as they are published, where apps are laid out, each in a folder of its own. */
export class AppHouse implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-apps-'));
  #apps = 0;

  /** Compiles `core` and `otel`; that their types are right is checked elsewhere. */
  async build(): Promise<void> {
    const config = join(this.#folder, 'tsconfig.json');
    const packages = join(root, 'packages');
    const compilerOptions = {
      ...{ rootDir: packages, outDir: join(this.#folder, 'built'), noCheck: true, types: [] },
      ...{ composite: false, declaration: false, declarationMap: false, sourceMap: false, isolatedDeclarations: false },
    };
    const include = ['core', 'otel'].map((name) => join(packages, name, 'src'));
    const exclude = ['core', 'otel'].map((name) => join(packages, name, 'src/**/*.test.ts'));
    writeFileSync(
      config,
      JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, include, exclude }),
    );
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', config]);
  }

  /** Lays the app out, and returns the file to run. */
  async app({ form, sdk, installed, ownApi }: AppPlan): Promise<string> {
    const folder = join(this.#folder, `app-${++this.#apps}`);
    const modules = join(folder, 'node_modules');
    for (const name of ['core', 'otel']) this.#install(name, modules);
    link(otel, 'openai', modules);
    for (const [name, from] of Object.entries(installed)) link(from, name, modules);
    if (ownApi !== undefined) link(ownApi, '@opentelemetry/api', join(modules, '@holdfast/otel/node_modules'));
    const type = form === 'cjs' ? 'commonjs' : 'module';
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type }));
    for (const [name, source] of Object.entries({ app: 'apps/app', plain: 'apps/plain', sdk: starters[sdk] })) {
      const text = readFileSync(join(otel, 'test', `${source}.mjs`), 'utf8');
      writeFileSync(join(folder, `${name}.js`), form === 'cjs' ? required(text) : text);
    }
    return form === 'bundle' ? this.#bundle(join(folder, 'app.js')) : join(folder, 'app.js');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** A real copy with the `exports` that it is published with, which resolves its peers as the app's do. */
  #install(name: string, modules: string): void {
    const target = join(modules, '@holdfast', name);
    cpSync(join(this.#folder, 'built', name, 'src'), join(target, 'dist'), { recursive: true });
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as {
      publishConfig: object;
    };
    writeFileSync(join(target, 'package.json'), JSON.stringify({ ...manifest, ...manifest.publishConfig }));
  }

  /** One file without anything beside it. */
  async #bundle(input: string): Promise<string> {
    const folder = join(this.#folder, `bundle-${this.#apps}`);
    const bundler = (await import(bundlerPath())) as { build(options: object): Promise<unknown> };
    await bundler.build({
      input,
      platform: 'node',
      logLevel: 'silent',
      output: { file: join(folder, 'app.mjs'), format: 'esm', codeSplitting: false },
    });
    return join(folder, 'app.mjs');
  }
}

/** The same app for CommonJS. */
const required = (text: string): string =>
  text
    .replaceAll(/^import (\{.*\}) from ('.*');$/gm, 'const $1 = require($2);')
    .replaceAll(/^export function (\w+)/gm, 'exports.$1 = $1;\nfunction $1');

function link(from: string, name: string, modules: string): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(realpathSync(join(from, 'node_modules', name)), join(modules, name));
}

/** rolldown, which vitest brings. */
function bundlerPath(): string {
  const vite = createRequire(createRequire(import.meta.url).resolve('vitest/package.json')).resolve(
    'vite/package.json',
  );
  return createRequire(vite).resolve('rolldown');
}
