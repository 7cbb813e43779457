import { describe, expect, it } from 'vitest';
import {
  announce,
  pipeline,
  together,
  type AttemptObserver,
  type Fetch,
  type LayerEvent,
  type Middleware,
  type Onion,
} from './index.ts';

const telling: Middleware = {
  name: 'telling',
  layer: 'retry',
  handle(call, next) {
    announce(call.context, 'telling.onCall', undefined, { callId: call.id });
    return next(call);
  },
};

describe('what layers tell', () => {
  it('is heard by every layer that listens, with or without a callback, and by those alone', async () => {
    const heard: LayerEvent[] = [];
    const warnings: string[] = [];
    const broken: Middleware = {
      name: 'broken',
      layer: 'audit',
      handle: (call, next) => next(call),
      onEvent() {
        throw new Error('mine');
      },
    };
    const listening: Middleware = {
      ...broken,
      name: 'listening',
      layer: 'budget',
      onEvent: (event) => heard.push(event),
    };
    const options = {
      service: 'shop',
      fetch: async () => Response.json({}),
      warn: (text: string) => warnings.push(text),
    };
    const { fetch } = pipeline(options).use(broken).use(listening).use(telling).build();
    await (await fetch('https://api.openai.com/v1/models')).text();
    expect(heard).toEqual([
      { name: 'telling.onCall', service: 'shop', detail: { callId: expect.any(String) as string } },
    ]);
    expect(warnings).toEqual(['holdfast shop: broken threw at telling.onCall']);
  });

  it('goes nowhere where nobody listens', () => {
    let onion: Onion | undefined;
    pipeline()
      .use({ ...telling, assembled: (built) => void (onion = built) })
      .build();
    expect(onion?.layers.map(({ name }) => name)).toEqual(['telling']);
    expect(onion?.context.onEvent).toBeUndefined();
  });
});

describe('two observers', () => {
  it('both see a request leave, come back and end, the outer one around the inner one', async () => {
    const steps: string[] = [];
    const observer = (name: string): AttemptObserver => ({
      attemptStarted: () => ({
        headers: { [`x-${name}`]: name },
        async run(send) {
          steps.push(`${name} sends`);
          return send();
        },
        ended: ({ status }) => steps.push(`${name} ended ${status}`),
        settled: ({ ending }) => steps.push(`${name} ${ending}`),
      }),
    });
    const both: Middleware = {
      name: 'both',
      layer: 'telemetry',
      handle: (call, next) => next(call.with({ observer: together(observer('outer'), observer('inner')) })),
    };
    let sent = new Headers();
    const upstream: Fetch = async (_url, init) => {
      sent = new Headers(init?.headers);
      return Response.json({});
    };
    const { fetch } = pipeline({ fetch: upstream }).use(both).build();
    await (await fetch('https://api.openai.com/v1/models')).text();
    const order = [
      'outer sends',
      'inner sends',
      'inner ended 200',
      'outer ended 200',
      'inner complete',
      'outer complete',
    ];
    expect(steps).toEqual(order);
    expect(sent.get('x-outer')).toBe('outer');
    expect(sent.get('x-inner')).toBe('inner');
  });
});
