import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with one plain line that needs no terminal and no parser: `N passed, N failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()]).map((test) => test.result().state);
    const count = (state: string): number => states.filter((one) => one === state).length;
    // A file that cannot be loaded has no tests to fail, and an error outside of any test fails the run all the same.
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandled.length;
    const skipped = count('skipped');
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    process.stdout.write(`${count('passed')} passed, ${count('failed') + broken} failed${tail}\n`);
  }
}
