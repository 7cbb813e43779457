/**
 * What may be sent twice: each call earns a share of a second request, up to a few. There are never more of them than
 * the share of all calls and that few.
 */
export class Share {
  readonly #maxShare: number;
  readonly #burst: number;
  #saved: number;

  constructor(maxShare: number, burst: number) {
    this.#maxShare = maxShare;
    this.#burst = burst;
    // Without a share there is nothing to begin with either.
    this.#saved = maxShare === 0 ? 0 : burst;
  }

  /** A call was made. */
  earn(): void {
    this.#saved = Math.min(this.#burst, this.#saved + this.#maxShare);
  }

  /** Whether one more may be sent, which is then spent. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved--;
    return true;
  }

  /** It was not sent after all. */
  giveBack(): void {
    this.#saved = Math.min(this.#burst, this.#saved + 1);
  }
}
