/** How figures are written, in the terminal and on the web page. `null` is what is not known. */
const UNKNOWN = '-';

/** `1,234,567`. */
export function count(value: number | null): string {
  return value === null ? UNKNOWN : Math.round(value).toLocaleString('en-US');
}

/** `12.3k`, `4.56M`: at most five characters. */
export function short(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 10 && value !== Math.round(value)) return value.toFixed(1);
  return scaled(Math.round(value), ['', 'k', 'M', 'G', 'T'], 1000);
}

/** `612.0 MiB`. */
export function bytes(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 1024) return `${Math.round(value)} B`;
  return scaled(value, [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB'], 1024);
}

export function bytesPerSecond(value: number | null): string {
  return value === null ? UNKNOWN : `${bytes(value)}/s`;
}

function scaled(value: number, units: readonly string[], step: number): string {
  let unit = 0;
  while (value >= step * 0.9995 && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(digits) + units[unit];
}

/** Of a share of 0 to 1: `93.1 %`. */
export function percent(share: number | null): string {
  return share === null ? UNKNOWN : `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}

/** `8.2 us`, `1.24 ms`, `3.00 s`. */
export function duration(usec: number | null | undefined): string {
  if (usec === null || usec === undefined) return UNKNOWN;
  const [value, unit] = usec < 999.5 ? [usec, 'us'] : usec < 999_500 ? [usec / 1e3, 'ms'] : [usec / 1e6, 's'];
  return `${value.toFixed(value === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)} ${unit}`;
}

/** `3d 04h`, `4h 12m`, `12m 30s`. */
export function age(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .map(([value, unit], at) => (at === 0 ? `${value}${unit}` : `${String(value).padStart(2, '0')}${unit}`))
    .join(' ');
}
