import { faults, type FaultRule } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { firstWords, heard, told, words20, world } from '../../test/stream-bench.ts';
import { partialOf } from './broken-block.ts';

const policy = { '*': { policy: 'continue' } } as const;

/** The first answer is cut behind its n-th event, and the second says `rest`. */
const cutThenSay = (afterEvents: number, rest: string): FaultRule[] => [
  { times: 1, fault: faults.answer({ text: words20 }) },
  { after: 1, fault: faults.answer({ text: rest }) },
  { times: 1, fault: faults.cutStream({ afterEvents }) },
];
/** What is left of the twenty, with the last words that were said once more. */
const restAgain = (said: number, again: number): string =>
  words20.slice(firstWords(said - again).length).replace(/^ /, again > 0 ? '' : ' ');

describe('continue, for a chat completion', () => {
  it.each([
    ['nothing', 0],
    ['a word', 1],
    ['three words', 3],
    ['everything', 8],
  ])('goes on after 8 of 20 words where %s is said again: no duplicate, one stream', async (_what, again) => {
    await using app = await world(cutThenSay(9, restAgain(8, again)), policy);
    const { text, finishes, ids, error, chunks } = await heard(app.client);
    expect(text).toBe(words20);
    expect([finishes, ids, error]).toEqual([['stop'], 1, undefined]);
    expect(chunks.filter(({ choices: [choice] }) => choice?.delta.role === 'assistant')).toHaveLength(1);
    expect(app.upstream.log).toHaveLength(2);
    expect(app.decisions()).toEqual(['continue']);
    expect(JSON.stringify(app.seen.journey)).not.toContain('word0');
    expect(app.seen.calls.map(({ ok }) => ok)).toEqual([true]);
    expect(app.seen.attempts.map(({ ok }) => ok)).toEqual([false, true]);
  });

  it('finds the overlap whatever pieces the continuation comes in', async () => {
    const rules = [...cutThenSay(9, restAgain(8, 3))];
    await using app = await world([{ fault: faults.chunking('random') }, ...rules], policy);
    expect((await heard(app.client)).text).toBe(words20);
  });

  it('goes on again where the continuation breaks as well', async () => {
    await using app = await world(
      [
        { times: 1, fault: faults.answer({ text: words20 }) },
        { times: 1, after: 1, fault: faults.answer({ text: restAgain(8, 2) }) },
        { after: 2, fault: faults.answer({ text: restAgain(14, 4) }) },
        { times: 2, fault: faults.cutStream({ afterEvents: 9 }) },
      ],
      policy,
    );
    const { text, ids, error, finishes } = await heard(app.client);
    expect([text, ids, error, finishes]).toEqual([words20, 1, undefined, ['stop']]);
    expect(app.upstream.log).toHaveLength(3);
  });

  it('counts what every part has cost, once each', async () => {
    await using app = await world(cutThenSay(9, restAgain(8, 0)), policy);
    const { usage } = await heard(app.client, { stream_options: { include_usage: true } });
    const [first, second] = app.upstream.log.map(({ usage: one }) => one);
    // The first was cut after 8 of its words, and the second said the other 12.
    expect(usage?.completion_tokens).toBe(8 + 12);
    expect(usage?.prompt_tokens).toBeGreaterThan(second?.inputTokens ?? 0);
    expect(usage?.prompt_tokens).toBeLessThanOrEqual((second?.inputTokens ?? 0) + (first?.inputTokens ?? 0) + 8);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + 20);
    expect(app.seen.calls[0]?.usage).toMatchObject({ outputTokens: 20, inputTokens: usage?.prompt_tokens });
  });

  it('asks for as much less as has been said', async () => {
    await using app = await world(cutThenSay(9, restAgain(8, 0)), policy);
    const { finishes, tokens } = await heard(app.client, { max_completion_tokens: 15 });
    expect(finishes).toEqual(['length']);
    expect(tokens).toBe(15);
  });

  it('ends with the error and all that was said once it has broken too often', async () => {
    const cut = { fault: faults.cutStream({ afterEvents: 9 }) };
    await using app = await world([{ fault: faults.answer({ text: words20 }) }, cut], {
      chat: { policy: 'continue', maxMends: 2 },
    });
    const { error, text } = await heard(app.client);
    expect(error?.code).toBe('stream_interrupted');
    expect(partialOf(error)?.text).toBe(text);
    expect(app.upstream.log).toHaveLength(3);
  });

  it('ends with the error of the first where nobody goes on', async () => {
    await using app = await world(
      [
        { fault: faults.answer({ text: words20 }) },
        { times: 1, fault: faults.cutStream({ afterEvents: 9 }) },
        { fault: faults.overloaded() },
      ],
      policy,
    );
    const { error, tokens } = await heard(app.client);
    expect([error?.code, tokens, partialOf(error)?.tokens]).toEqual(['stream_interrupted', 8, 8]);
    expect(app.decisions()).toEqual(['continue', 'error']);
  });

  it.each([
    [
      'a structured answer',
      { response_format: { type: 'json_object' }, messages: [{ role: 'user', content: 'JSON' }] },
    ],
    ['several choices', { n: 2 }],
  ])('is refused for %s', async (_what, more) => {
    await using app = await world([{ times: 1, fault: faults.cutStream({ afterEvents: 2 }) }], policy);
    const { error } = await heard(app.client, more);
    expect(error?.code).toBe('stream_interrupted');
    expect(app.upstream.log).toHaveLength(1);
    expect(app.decisions()).toEqual(['error']);
  });
});

describe('continue, for a response', () => {
  it.each([0, 2, 4])('goes on in the same message, with %i words said again', async (again) => {
    await using app = await world(cutThenSay(12, restAgain(8, again)), policy);
    const { text, sequence, ids, types, error, final, events } = await told(app.client);
    expect([text, ids, error]).toEqual([words20, 1, undefined]);
    expect(sequence).toEqual([...sequence.keys()]);
    for (const type of [
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_item.done',
      'completed',
    ])
      expect(types.filter((one) => one === `response.${type}`)).toHaveLength(1);
    const items = new Set(events.flatMap((event) => ('item_id' in event ? [event.item_id] : [])));
    expect(items.size).toBe(1);
    expect(final?.output).toMatchObject([{ id: [...items][0], content: [{ text: words20 }] }]);
    expect(app.upstream.log).toHaveLength(2);
  });

  it('leaves the thoughts of the second part out, and satisfies the helper of the client', async () => {
    const models = { 'gpt-5': { reasoningTokens: 3 } };
    await using app = await world(cutThenSay(14, restAgain(8, 1)), policy, { models });
    const stream = app.client.responses.stream({ model: 'gpt-5', input: 'Count.' });
    const final = await stream.finalResponse();
    expect(final.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
    expect(final.output_text).toBe(words20);
    expect(final.usage?.output_tokens).toBeGreaterThan(20);
  });

  it.each([
    ['a structured answer', { text: { format: { type: 'json_object' } }, input: 'JSON' }],
    ['a conversation that is kept upstream', { conversation: 'conv_1' }],
  ])('is refused for %s', async (_what, more) => {
    await using app = await world([{ times: 1, fault: faults.cutStream({ afterEvents: 5 }) }], policy);
    const { error } = await told(app.client, more);
    expect(error?.code).toBe('stream_interrupted');
    expect(app.upstream.log).toHaveLength(1);
  });
});
