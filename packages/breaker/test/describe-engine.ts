import { describe } from 'vitest';
import type { CreateEngine } from './engine/bench.ts';
import { closedCases } from './engine/closed.ts';
import { halfOpenCases } from './engine/half-open.ts';
import { housekeepingCases } from './engine/housekeeping.ts';
import { openCases } from './engine/open.ts';
import { referenceCases } from './engine/reference.ts';

/** The contract suite that every engine passes, over the port alone. */
export function describeEngine(name: string, create: CreateEngine): void {
  describe(`the ${name} engine`, () => {
    closedCases(create);
    openCases(create);
    halfOpenCases(create);
    housekeepingCases(create);
    referenceCases(create);
  });
}
