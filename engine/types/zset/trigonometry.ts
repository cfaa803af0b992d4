/**
 * Sine, cosine and arcsine rounded as C's library rounds them, which is almost always correctly; V8's own are off by one bit now and then. For
 * distances that are stored, where each bit can be seen; less than a microsecond each.
 *
 * Intermediate values are sums of two doubles (T. J. Dekker, A floating-point technique for extending the available precision, 1971): `value`
 * is what the last operation came to.
 */
const value = { high: 0.5, low: 0.5 };

const SPLITTER = 2 ** 27 + 1;
const PI_HIGH = Math.PI;
const PI_LOW = 1.2246467991473532e-16;
/** Terms of a Taylor series that are not below 2^-70 of the first for arguments up to pi/2. */
const TERMS = 14;

/** The exact sum of two doubles. */
function add(a: number, b: number): void {
  const sum = a + b;
  const part = sum - a;
  value.low = a - (sum - part) + (b - part);
  value.high = sum;
}

/** The exact product of two doubles. */
function multiply(a: number, b: number): void {
  const product = a * b;
  const aHigh = a * SPLITTER - (a * SPLITTER - a);
  const aLow = a - aHigh;
  const bHigh = b * SPLITTER - (b * SPLITTER - b);
  const bLow = b - bHigh;
  value.low = aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
  value.high = product;
}

/** The product of two sums. */
function multiplySums(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  multiply(aHigh, bHigh);
  add(value.high, value.low + (aHigh * bLow + aLow * bHigh));
}

/** The sum of two sums. */
function addSums(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  add(aHigh, bHigh);
  add(value.high, value.low + aLow + bLow);
}

function divideSum(aHigh: number, aLow: number, divisor: number): void {
  const quotient = aHigh / divisor;
  multiply(quotient, divisor);
  add(quotient, (aHigh - value.high - value.low + aLow) / divisor);
}

/** Taylor's series of sine (`first` 1) or cosine (0) at `xHigh + xLow`, from -pi/2 to pi/2. */
function series(xHigh: number, xLow: number, first: 0 | 1): void {
  multiplySums(xHigh, xLow, xHigh, xLow);
  const squareHigh = value.high;
  const squareLow = value.low;
  let termHigh = first === 1 ? xHigh : 1;
  let termLow = first === 1 ? xLow : 0;
  let sumHigh = termHigh;
  let sumLow = termLow;
  for (let n = 1; n <= TERMS; n++) {
    const k = 2 * n + first;
    multiplySums(termHigh, termLow, squareHigh, squareLow);
    divideSum(value.high, value.low, -k * (k - 1));
    termHigh = value.high;
    termLow = value.low;
    addSums(sumHigh, sumLow, termHigh, termLow);
    sumHigh = value.high;
    sumLow = value.low;
  }
}

/** From -pi to pi. */
export function preciseSin(x: number): number {
  if (Math.abs(x) <= Math.PI / 2) series(x, 0, 1);
  else {
    const sign = Math.sign(x);
    addSums(sign * PI_HIGH, sign * PI_LOW, -x, 0);
    series(value.high, value.low, 1);
  }
  return value.high + value.low;
}

/** From -pi/2 to pi/2. */
export function preciseCos(x: number): number {
  series(x, 0, 0);
  return value.high + value.low;
}

/** From 0 to 1: one step of Newton's method from a value that is nearly right. */
export function preciseAsin(y: number): number {
  const near = Math.asin(y);
  if (y >= 1 || near === 0) return near;
  series(near, 0, 1);
  const rest = y - value.high - value.low;
  return near + rest / Math.cos(near);
}
