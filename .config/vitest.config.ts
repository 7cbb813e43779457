import { defineConfig } from 'vitest/config';

const source = ['@holdfast/source'];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions: source },
  ssr: { resolve: { conditions: source, externalConditions: source } },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'benchmarks/test/**/*.test.ts'],
    testTimeout: 20_000,
    coverage: { include: ['packages/*/src/**/*.ts'] },
  },
});
