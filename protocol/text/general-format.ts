const ZERO = 0x30;
/** Decimal digits that a double always keeps: a decimal with so many is the shortest text of its double. */
const KEPT_DIGITS = 15;

/** A number as C's `%.<precision>g` writes it, 1 ≤ precision ≤ 17; `inf`, `-inf` and `nan` for what is not finite. */
export function formatGeneral(value: number, precision: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return shortText(value, precision) ?? longText(value, precision);
}

/** The shortest text that reads back as `value`, when C would write it like that. */
function shortText(value: number, precision: number): string | undefined {
  const magnitude = Math.abs(value);
  if (precision > KEPT_DIGITS || magnitude >= 10 ** precision || magnitude < 1e-4) return undefined;
  const text = String(magnitude);
  const point = text.indexOf('.');
  let digits = point < 0 ? text.length : text.length - 1;
  for (let at = 0; magnitude < 1 && digits > 0; at++) {
    const code = text.charCodeAt(at);
    if (code !== ZERO && at !== point) break;
    if (code === ZERO) digits--;
  }
  if (digits > precision) return undefined;
  return value < 0 ? `-${text}` : text;
}

function longText(value: number, precision: number): string {
  const [mantissa = '', exponent = ''] = scientific(value, precision - 1).split('e');
  const power = Number(exponent);
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (power < -4 || power >= precision) {
    const tail = trimZeros(digits.slice(1));
    const written = String(Math.abs(power)).padStart(2, '0');
    return `${sign}${digits.charAt(0)}${tail === '' ? '' : `.${tail}`}e${power < 0 ? '-' : '+'}${written}`;
  }
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${trimZeros(digits)}`;
  const tail = trimZeros(digits.slice(power + 1));
  return `${sign}${digits.slice(0, power + 1)}${tail === '' ? '' : `.${tail}`}`;
}

/**
 * `d.ddde±x` with `decimals` digits behind the point. JS rounds a tie away from zero, C to even; a tie has exactly one digit more, a 5.
 */
function scientific(value: number, decimals: number): string {
  const rounded = value.toExponential(decimals);
  const more = value.toExponential(decimals + 1);
  const at = more.indexOf('e');
  if (more.charAt(at - 1) !== '5') return rounded;
  // No double comes nearer than 60 digits to a tie without being one.
  const exact = value.toExponential(decimals + 60);
  if (/[1-9]/.test(exact.slice(at, exact.indexOf('e')))) return rounded;
  const before = more.charAt(at - 2) === '.' ? more.charCodeAt(at - 3) : more.charCodeAt(at - 2);
  return (before & 1) === 0 ? more.slice(0, at - 1) + more.slice(at) : rounded;
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === ZERO) end--;
  return digits.slice(0, end);
}
