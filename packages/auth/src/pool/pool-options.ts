/** How long credentials of a pool are spared or kept out. */
export interface PoolOptions {
  /**
   * How long a credential waits after its first 401 before a call tries it again, in milliseconds.
   * @defaultValue 1000
   */
  readonly suspectMs?: number;
  /**
   * Time between two probes of a quarantined credential or of a spent quota, in milliseconds.
   * @defaultValue 600000
   */
  readonly probeMs?: number;
  /**
   * Rejected probes of a quarantined key after which it is revoked, and tried no more. With 0 its second 401 revokes it.
   * @defaultValue 3
   */
  readonly maxProbes?: number;
  /**
   * How long a probe may take before another call makes one, in milliseconds.
   * @defaultValue 60000
   */
  readonly probeTimeoutMs?: number;
  /**
   * How long a limit domain is spared after a 429 that names no time, in milliseconds.
   * @defaultValue 1000
   */
  readonly coolMs?: number;
  /**
   * How long a credential is spared for an operation that it was not allowed, in milliseconds.
   * @defaultValue 600000
   */
  readonly forgetMs?: number;
  /**
   * How long a credential is spared whose address list does not have ours, in milliseconds.
   * @defaultValue 60000
   */
  readonly egressMs?: number;
  /**
   * Least time between two calls of `onEgressDenied`, in milliseconds.
   * @defaultValue 300000
   */
  readonly alertMs?: number;
}
