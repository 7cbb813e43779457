import { defineConfig } from 'vitest/config';
import ClosingLine from './closing-line.ts';

const source = ['@holdfast/source'];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions: source },
  ssr: { resolve: { conditions: source, externalConditions: source } },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'benchmarks/test/**/*.test.ts'],
    reporters: ['default', new ClosingLine()],
    testTimeout: 20_000,
    coverage: { include: ['packages/*/src/**/*.ts'] },
  },
});
