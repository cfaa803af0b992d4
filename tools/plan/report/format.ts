/**
 * Figures as people read them, three digits at most: the terminal and the page share these, so that both say the same. No locale: a report is the same
 * wherever it is made.
 */

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Powers of 1024, as redis.conf's `mb` and `gb`: `1.5 GB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, byteUnits, ' ');
}

/** As `formatBytes`, without the space: for columns. */
export function shortBytes(bytes: number): string {
  return scaled(bytes, 1024, byteUnits, '');
}

/** `1.2M`, `345k`, `12`. */
export function formatCount(count: number): string {
  return scaled(count, 1000, ['', 'k', 'M', 'G', 'T', 'P'], '');
}

/** Whole numbers with a thin separation of thousands: `1 234 567`. */
export function formatWhole(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** From microseconds: `850 us`, `1.2 ms`, `3 s`. */
export function formatUs(us: number): string {
  return scaled(us, 1000, ['us', 'ms', 's'], ' ');
}

/** From seconds, in the largest unit of which there are two: `90 s`, `3 min`, `2 days`. */
export function formatSeconds(seconds: number): string {
  const units = [
    [365.25 * 86_400, 'years'],
    [86_400, 'days'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const;
  if (seconds === 0) return '0 s';
  for (const [size, unit] of units) if (seconds >= 2 * size) return `${threeDigits(seconds / size)} ${unit}`;
  return seconds >= 1 ? `${threeDigits(seconds)} s` : formatUs(seconds * 1e6);
}

/** `93.4 %`; what is nearly all or nearly nothing keeps the digits that tell so. */
export function formatShare(share: number): string {
  return `${percentDigits(share)} %`;
}

/** As `formatShare`, without the space: for columns. */
export function shortShare(share: number): string {
  return `${percentDigits(share)}%`;
}

function percentDigits(share: number): string {
  const percent = share * 100;
  const rest = Math.min(percent, Math.abs(100 - percent));
  if (rest === 0) return percent.toFixed(0);
  return percent.toFixed(rest >= 0.95 ? 1 : rest >= 0.095 ? 2 : 3);
}

/** Drive life: `3.4 y`, `20 d`; nobody plans beyond a century. */
export function formatYears(years: number | undefined): string {
  if (years === undefined) return '-';
  if (years > 99) return '>99 y';
  return years < 0.195 ? `${threeDigits(Math.floor(years * 365.25))} d` : `${years.toFixed(years < 10 ? 1 : 0)} y`;
}

export function formatMoney(amount: number, currency: string): string {
  const digits = amount >= 100 || amount === 0 ? formatWhole(amount) : amount.toFixed(amount >= 10 ? 1 : 2);
  return /^[A-Z]{3}$/.test(currency) || currency === '' ? `${digits} ${currency}`.trim() : `${currency}${digits}`;
}

function scaled(value: number, base: number, units: readonly string[], gap: string): string {
  let rest = value;
  let index = 0;
  // 999.6 would be printed as 1000.
  while (rest >= base * 0.9995 && index < units.length - 1) {
    rest /= base;
    index++;
  }
  const unit = units[index] ?? '';
  return `${threeDigits(rest)}${unit === '' ? '' : gap}${unit}`;
}

/** At most three digits that count, and no zeros behind a point. */
function threeDigits(value: number): string {
  if (value === 0) return '0';
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.01 ? 2 : 4;
  const text = value.toFixed(decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
