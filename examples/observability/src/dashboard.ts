import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One query of a panel. */
export interface Target {
  readonly expr: string;
  readonly legendFormat?: string;
}

/** What of a Grafana panel is needed to ask its queries and to draw it. */
export interface Panel {
  readonly title: string;
  readonly type: 'timeseries' | 'state-timeline' | 'stat' | 'bargauge';
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
  readonly targets: readonly Target[];
}

/** A Grafana dashboard. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string; readonly query?: string }[] };
  readonly panels: readonly Panel[];
}

/** Where the dashboards are. */
export const dashboardFolder: string = fileURLToPath(new URL('../dashboards/', import.meta.url));

/** The dashboards of this folder, by name of their file. */
export function dashboards(): ReadonlyMap<string, Dashboard> {
  const files = readdirSync(dashboardFolder).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((name) => [name, JSON.parse(readFileSync(dashboardFolder + name, 'utf8')) as Dashboard] as const),
  );
}

/** What Grafana puts in the place of variables, for a service that Prometheus scrapes directly. */
export function filledIn(expr: string, rateInterval: string): string {
  return expr
    .replaceAll('$__rate_interval', rateInterval)
    .replaceAll('${suffix}', '')
    .replaceAll('$service', '.*')
    .replaceAll('$__range', rateInterval);
}
