import { hints, pipeline, type Hints, type Middleware } from '@holdfast/core';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { scopeHints, withHints } from './with-hints.ts';

function setUp() {
  const seen: Hints[] = [];
  const spy: Middleware = {
    name: 'spy',
    layer: 'audit',
    handle(call, next) {
      seen.push(call.hints);
      return next(call);
    },
  };
  const upstream = cannedFetch(() => jsonAnswer());
  const client = pipeline({ hints: scopeHints })
    .use(spy)
    .build()
    .wrap(new OpenAI({ apiKey: 'sk-x', fetch: upstream as typeof fetch }));
  const ask = (options?: OpenAI.RequestOptions) =>
    client.chat.completions.create({ model: 'gpt-5', messages: [] }, options);
  return { seen, ask };
}

describe('hints', () => {
  it('reach every call inside a scope, across awaits', async () => {
    const { seen, ask } = setUp();
    await withHints({ tenant: 'acme' }, async () => {
      await ask();
      await Promise.all([ask(), ask()]);
    });
    await ask();
    expect(seen).toEqual([{ tenant: 'acme' }, { tenant: 'acme' }, { tenant: 'acme' }, {}]);
  });

  it('nest, the inner scope winning hint by hint, and the call over both', async () => {
    const { seen, ask } = setUp();
    await withHints({ tenant: 'acme', deadlineMs: 9000 }, () =>
      withHints({ deadlineMs: 5000 }, () => ask(hints({ priority: 'low', tenant: 'other' }))),
    );
    expect(seen).toEqual([{ tenant: 'other', deadlineMs: 5000, priority: 'low' }]);
  });

  it('stay apart between requests that are handled at once', async () => {
    const { seen, ask } = setUp();
    await Promise.all(['a', 'b', 'c'].map((tenant) => withHints({ tenant }, () => ask())));
    expect(seen.map(({ tenant }) => tenant).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('are refused when they make no sense', () => {
    expect(() => withHints({ deadlineMs: 0 }, () => undefined)).toThrow(
      'hints.deadlineMs: expected milliseconds above 0, got 0',
    );
    expect(() => hints({ priority: 'urgent' as 'high' })).toThrow("expected 'low', 'normal' or 'high', got urgent");
  });
});
