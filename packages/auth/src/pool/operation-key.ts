import type { Call } from '@holdfast/core';

/** What a restricted key may or may not do, as far as a request tells: `chat`, `GET /files`, … */
export function operationKey({ method, route }: Call): string {
  if (route.operation !== 'other') return route.operation;
  return `${method} ${/^\/[\w-]*/.exec(route.path)?.[0] ?? ''}`;
}
