import { table } from './report.ts';

/** One demand on this server and what was measured; for the reader, since other machines give other figures. */
export interface Bar {
  what: string;
  demand: string;
  measured: string;
  holds: boolean;
}

function text(value: number, unit: string): string {
  if (!Number.isFinite(value)) return 'not measured';
  return unit === 'x' ? `${value.toFixed(2)}x` : `${value.toFixed(1)} ${unit}`;
}

/** `unit` 'x' is for ratios. A figure that could not be measured (NaN) does not hold. */
export function atMost(what: string, measured: number, limit: number, unit = 'x'): Bar {
  return { what, demand: `≤ ${text(limit, unit)}`, measured: text(measured, unit), holds: measured <= limit };
}

export function atLeast(what: string, measured: number, limit: number, unit = 'x'): Bar {
  return { what, demand: `≥ ${text(limit, unit)}`, measured: text(measured, unit), holds: measured >= limit };
}

/** Nothing for no bars. */
export function renderBars(bars: readonly Bar[]): string {
  if (bars.length === 0) return '';
  return table(
    ['this server', 'demand', 'measured', 'holds'],
    bars.map(({ what, demand, measured, holds }) => [what, demand, measured, holds ? 'yes' : '**no**']),
  );
}
