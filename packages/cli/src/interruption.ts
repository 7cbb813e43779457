import { systemClock } from 'holdfast';

/** Signals that ask for an end, with the exit code that tells of them. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * npm and pnpm pass a Ctrl-C on that the terminal has sent to the whole group already, so one press
 * arrives several times.
 */
const echoMs = 300;

/** The wish to end. */
export interface Interruption {
  /** Aborts at the first wish. The second ends the process on the spot. */
  readonly signal: AbortSignal;
  /** What to exit with; `undefined` if nobody wished to end. */
  readonly exitCode: () => number | undefined;
}

/** Listens for Ctrl-C and its kin from now on. */
export function interruption(): Interruption {
  const controller = new AbortController();
  let first: { readonly code: number; readonly atMs: number } | undefined;
  for (const [name, code] of Object.entries(exitCodes))
    process.on(name, () => {
      const atMs = systemClock.monotonic();
      if (first !== undefined && atMs - first.atMs > echoMs) process.exit(code);
      first ??= { code, atMs };
      controller.abort();
    });
  return { signal: controller.signal, exitCode: () => first?.code };
}
