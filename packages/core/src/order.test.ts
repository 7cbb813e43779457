import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layers, type Layer } from './middleware.ts';
import { checkOrder } from './order.ts';

const named = (layer: Layer, name: string = layer) => ({ name, layer });

describe('checkOrder', () => {
  it('takes every choice of layers in their natural order', () => {
    fc.assert(fc.property(fc.subarray([...layers]), (chosen) => checkOrder(chosen.map((layer) => named(layer)))));
  });

  it('refuses every other order, and names two layers that stand wrong with the reason', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...layers], { minLength: 2 }), (chosen) => {
        const isNatural = chosen.every(
          (layer, at) => at === 0 || layers.indexOf(layer) > layers.indexOf(chosen[at - 1] as Layer),
        );
        fc.pre(!isNatural);
        expect(() => checkOrder(chosen.map((layer) => named(layer)))).toThrow(
          /^pipeline: (\w+) must be added before (\w+), further out: .{20,}\.$/,
        );
      }),
    );
  });

  it('says why', () => {
    expect(() => checkOrder([named('retry'), named('fallback')])).toThrow(
      'pipeline: fallback must be added before retry, further out: a ladder walks on when a rung is exhausted or refused, not at the first hiccup.',
    );
    expect(() => checkOrder([named('breaker'), named('routing')])).toThrow(
      'pipeline: routing must be added before breaker, further out: limits and circuits are kept per endpoint, so it has to be chosen first.',
    );
    expect(() => checkOrder([named('routing'), named('retry')])).toThrow(/retry must be added before routing/);
    expect(() => checkOrder([named('transport'), named('auth')])).toThrow(/auth must be added before transport/);
  });

  it('refuses the same layer twice, but not two of a kind with names of their own', () => {
    expect(() => checkOrder([named('retry'), named('retry')])).toThrow(/"retry" was added twice/);
    checkOrder([named('rateLimit', 'ours'), named('rateLimit', 'theirs')]);
  });

  it('refuses a second transport, whatever its name, and layers that nobody knows', () => {
    expect(() => checkOrder([named('transport', 'a'), named('transport', 'b')])).toThrow(
      '"a" and "b" are both transports',
    );
    expect(() => checkOrder([named('cache' as Layer)])).toThrow(/unknown layer "cache"; expected one of telemetry, /);
    expect(() => checkOrder([named('constructor' as Layer)])).toThrow(/unknown layer/);
  });
});
