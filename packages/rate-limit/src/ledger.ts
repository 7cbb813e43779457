/**
 * Where reserved tokens went. Each that was reserved is, at any time, still held, settled by an answer, or released:
 * `reserved + overdrawn = held + settled + released`.
 */
export class Ledger {
  /** Reserved since the beginning. */
  reserved = 0;
  /** Reserved for calls whose end is still to tell what they took. */
  held = 0;
  /** What calls took, as the upstream counted it, or as it was reserved where it did not say. */
  settled = 0;
  /** Reserved and not needed. */
  released = 0;
  /** Taken beyond what was reserved. */
  overdrawn = 0;

  reserve(tokens: number): void {
    this.reserved += tokens;
    this.held += tokens;
  }

  settle(tokens: number, usedTokens: number): void {
    this.held -= tokens;
    this.settled += usedTokens;
    if (usedTokens < tokens) this.released += tokens - usedTokens;
    else this.overdrawn += usedTokens - tokens;
  }

  release(tokens: number): void {
    this.held -= tokens;
    this.released += tokens;
  }
}
