import { errorBodyOf, type ErrorBody } from './classify.ts';

/** What the data of one server-sent event says; `undefined` where it has none or no JSON. */
export function dataOf(text: string): unknown {
  const data = [...text.matchAll(/(?:^|[\r\n])data: ?([^\r\n]*)/g)].map(([, line]) => line).join('\n');
  if (data === '[DONE]') return data;
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether an event can be handed on though its blank line never came: comments, or data that is whole. */
export function isSound(text: string): boolean {
  const isComment = text.split(/[\r\n]/).every((line) => line === '' || line.startsWith(':'));
  return isComment || dataOf(text) !== undefined;
}

/**
 * The error that an event carries, by its name, by its data or in a response that failed;
 * `undefined` if it is no error. Clients throw for the same events.
 */
export function errorOfEvent(text: string): ErrorBody | undefined {
  const data = dataOf(text);
  const outer: Record<string, unknown> = typeof data === 'object' && data !== null ? { ...data } : {};
  const hasFailed = outer['type'] === 'response.failed' || outer['type'] === 'error';
  const isNamed = /(?:^|[\r\n])event: ?error(?:[\r\n]|$)/.test(text);
  if (!isNamed && !hasFailed && !outer['error']) return undefined;
  return errorBodyOf(JSON.stringify(outer['response'] ?? outer)) ?? {};
}

/** The error among the events of a block. */
export function errorIn(block: string): ErrorBody | undefined {
  if (!block.includes('"error"')) return undefined;
  for (const event of block.split(/\r?\n\r?\n/)) {
    const body = errorOfEvent(event);
    if (body !== undefined) return body;
  }
  return undefined;
}
