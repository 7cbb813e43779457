import { randomBytes } from 'node:crypto';
import type { Clock } from 'holdfast';
import type { TokenKey } from '@holdfast/oauth';

/** Who is signed in in one browser. */
export interface Session {
  /** Where the tokens of this user are. */
  readonly key: TokenKey;
  readonly expiresAtMs: number;
}

/** How long a session lasts, whatever its tokens do. */
const lifetimeMs = 8 * 3_600_000;

const maxSessions = 10_000;

/** Sessions in memory. The browser has an id of 256 random bits and nothing else. */
export class Sessions {
  readonly #byId = new Map<string, Session>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new id each time somebody signs in, so that one that was known before is of no use. */
  begin(key: TokenKey): string {
    for (const [oldest] of this.#byId) {
      if (this.#byId.size < maxSessions) break;
      this.#byId.delete(oldest);
    }
    const id = randomBytes(32).toString('base64url');
    this.#byId.set(id, { key, expiresAtMs: this.#clock.now() + lifetimeMs });
    return id;
  }

  find(id: string | undefined): Session | undefined {
    const session = id === undefined ? undefined : this.#byId.get(id);
    if (session === undefined || session.expiresAtMs > this.#clock.now()) return session;
    this.end(id);
    return undefined;
  }

  end(id: string | undefined): void {
    if (id !== undefined) this.#byId.delete(id);
  }
}
