/** There is none. */
export function startSdk() {
  return { stop: () => undefined };
}
