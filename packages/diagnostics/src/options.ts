import { checkOptions, rules } from '@holdfast/core';
import type { DiagnosticFact } from './facts.ts';

/** Who is told. */
export interface DiagnosticsOptions {
  /**
   * Told every fact, at once and in order. One that throws or rejects is reported and breaks no call; what it does
   * costs the call its time.
   * @defaultValue nobody but the subscribers of the channels
   */
  readonly listener?: (fact: DiagnosticFact) => void;
}

/** Options with every default in its place. */
export interface ResolvedDiagnosticsOptions {
  readonly listener: DiagnosticsOptions['listener'];
}

/** The only place where a default stands. */
export const defaults: ResolvedDiagnosticsOptions = Object.freeze({ listener: undefined });

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: DiagnosticsOptions): ResolvedDiagnosticsOptions {
  checkOptions('diagnostics', options, { listener: rules.callback });
  return { ...defaults, ...options };
}
