import { describe, expect, it } from 'vitest';
import { streamAnswer, turn } from '../test/parts.ts';
import { discard } from './discard.ts';

function watched(chunks: readonly string[], headers: Record<string, string> = {}) {
  let pulled = 0;
  let cancelled = 0;
  const source = streamAnswer(chunks, { pulled: () => void pulled++, cancelled: () => void cancelled++ });
  return { response: new Response(source.body, { headers }), seen: () => [pulled, cancelled] };
}

describe('discard', () => {
  it('drains what is small, so that its connection can be used again', async () => {
    const { response, seen } = watched(['a', 'b', 'c']);
    discard(response);
    await turn();
    expect(seen()).toEqual([3, 0]);
  });

  it('cancels what says that it is large, or turns out to be', async () => {
    const said = watched(['a', 'b'], { 'content-length': '70000' });
    const hidden = watched(Array.from({ length: 100 }, () => 'x'.repeat(10_000)));
    discard(said.response);
    discard(hidden.response);
    await turn();
    expect([said.seen(), hidden.seen()]).toEqual([
      [0, 1],
      [7, 1],
    ]);
  });

  it('leaves alone what has been read, is being read or is not there', async () => {
    const used = new Response('x');
    await used.text();
    const locked = new Response('x');
    locked.body?.getReader();
    for (const response of [used, locked, new Response(null), new Response(null, { status: 204 })]) discard(response);
  });

  it('does not care when the body breaks or refuses to be cancelled', async () => {
    const broken = (headers: Record<string, string>) =>
      new Response(
        new ReadableStream(
          { pull: () => Promise.reject(new Error('x')), cancel: () => Promise.reject(new Error('x')) },
          { highWaterMark: 0 },
        ),
        { headers },
      );
    discard(broken({}));
    discard(broken({ 'content-length': '70000' }));
    await turn();
  });
});
