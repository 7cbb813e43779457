/** A value with its unit, as Grafana writes units. */
export function valueText(value: number, unit = 'short'): string {
  if (!Number.isFinite(value)) return '';
  switch (unit) {
    case 's':
      return value < 1 ? `${rounded(value * 1000)} ms` : `${rounded(value)} s`;
    case 'percentunit':
      return `${rounded(value * 100)} %`;
    case 'currencyUSD':
      return `$${value < 0.01 ? value.toPrecision(2) : rounded(value)}`;
    case 'reqps':
      return `${rounded(value)}/s`;
    default:
      return Math.abs(value) >= 1000 ? `${rounded(value / 1000)} k` : rounded(value);
  }
}

const rounded = (value: number): string => String(Number(value.toPrecision(3)));
