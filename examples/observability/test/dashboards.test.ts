import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboards, filledIn } from '../src/dashboard.ts';
import { hasPrometheus, startPrometheus, type Prometheus } from '../src/prometheus.ts';
import { expositionOf, type Exposition } from './exposition.ts';
import { namedIn } from './promql.ts';
import { running, type Running } from './running.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

const rules = (
  parse(readFileSync(new URL('../alerts.yaml', import.meta.url), 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);
const panels = [...dashboards()].flatMap(([file, { panels: all }]) =>
  all.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: `${file}: ${title}`, expr }))),
);
/** Labels that Prometheus adds, or that histograms have. */
const always = new Set(['job', 'instance', 'le']);
/** What no bad day of a few seconds has: an audit log, a token that ends. */
const absent = /^holdfast_(audit_records_total|auth_credential_time_to_expiry)$/;

let service: Running;
let prometheus: Prometheus | undefined;
let scrape: Exposition;
let span: { start: number; end: number; step: number };

beforeAll(async () => {
  service = await running(12_000);
  prometheus = hasPrometheus() ? await startPrometheus(service.target) : undefined;
  const start = Math.floor(Date.now() / 1000);
  await service.day;
  scrape = expositionOf(await (await fetch(`http://${service.target}/metrics`)).text());
  span = { start: start + 1, end: Math.floor(Date.now() / 1000), step: 1 };
}, 40_000);

afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

describe('every query', () => {
  const queries = [
    ...panels.map(({ where, expr }) => ({ where, expr: filledIn(expr, '4s') })),
    ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ];

  it.each(queries)('names what the service exports: $where', ({ expr }) => {
    const { metrics, labels } = namedIn(expr);
    expect(metrics).not.toEqual([]);
    for (const metric of metrics) {
      if (absent.test(metric)) continue;
      expect([...scrape.keys()], metric).toContain(metric);
    }
    const known = new Set([...metrics.flatMap((metric) => [...(scrape.get(metric) ?? [])]), ...always]);
    if (!metrics.some((metric) => absent.test(metric))) expect(labels.filter((one) => !known.has(one))).toEqual([]);
  });

  it.skipIf(!hasPrometheus()).each(panels)('shows something of a bad day in Prometheus: $where', async ({ expr }) => {
    const series = await prometheus!.range(filledIn(expr, '4s'), span);
    const values = series.flatMap((one) => one.values.map(([, value]) => Number(value)));
    expect(values.some((value) => Number.isFinite(value))).toBe(true);
  });

  it.skipIf(!hasPrometheus()).each(rules)('of alert $alert is one that Prometheus takes', async ({ expr }) => {
    await expect(prometheus!.range(expr, span)).resolves.toBeInstanceOf(Array);
  });

  it.skipIf(!hasPrometheus()).each(['HoldfastCircuitOpen', 'HoldfastFallbackServes', 'HoldfastStreamsCut'])(
    'alert %s tells of this day',
    async (name) => {
      const { expr } = rules.find(({ alert }) => alert === name)!;
      expect(await prometheus!.range(expr.replaceAll('[5m]', '[4s]'), span)).not.toEqual([]);
    },
  );
});

describe('a query', () => {
  it('that is none is told with its place', () => {
    expect(() => namedIn('sum by (job (x)')).toThrow('no PromQL at');
    expect(namedIn('sum by (job) (rate({__name__=~"a(_b)?_count", x="1"}[5m])) / y')).toEqual({
      metrics: ['y', 'a_count'],
      labels: ['job', 'x'],
    });
  });
});
