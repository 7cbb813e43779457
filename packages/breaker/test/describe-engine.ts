import { describe } from 'vitest';
import type { CreateEngine } from './engine/bench.ts';
import { closedCases } from './engine/closed.ts';
import { evidenceCases } from './engine/evidence.ts';
import { forcedCases } from './engine/forced.ts';
import { halfOpenCases } from './engine/half-open.ts';
import { byHandCases } from './engine/by-hand.ts';
import { housekeepingCases } from './engine/housekeeping.ts';
import { openCases } from './engine/open.ts';
import { recoveryCases } from './engine/recovery.ts';
import { referenceCases } from './engine/reference.ts';
import { slowCases } from './engine/slow.ts';
import { snapshotCases } from './engine/snapshot.ts';

/** The contract suite that every engine passes, over the port alone. */
export function describeEngine(name: string, create: CreateEngine): void {
  describe(`the ${name} engine`, () => {
    closedCases(create);
    openCases(create);
    halfOpenCases(create);
    recoveryCases(create);
    slowCases(create);
    evidenceCases(create);
    forcedCases(create);
    byHandCases(create);
    snapshotCases(create);
    housekeepingCases(create);
    referenceCases(create);
  });
}
