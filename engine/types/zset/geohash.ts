/**
 * Geohashes as Redis makes them (geohash.c of 7.0.15): the earth is a grid of 2^step by 2^step cells, latitudes up to 85.05112878 as in web
 * maps; the number of a cell has the bits of latitude and longitude in turn, longitude first. A score is the number of a cell at step 26.
 */
export const STEP_MAX = 26;
const LONGITUDE_MAX = 180;
const LATITUDE_MAX = 85.05112878;
/** What the textual geohash of other systems goes up to. */
const LATITUDE_POLE = 90;

const HALF_BITS = 26;
const HALF = 2 ** HALF_BITS;

export function isOnMap(longitude: number, latitude: number): boolean {
  return Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX;
}

/** Index of a cell along one axis; 2^step where the value is the greatest. */
function cellOf(value: number, max: number, step: number): number {
  return Math.trunc(((value + max) / (max + max)) * 2 ** step);
}

export function longitudeCell(longitude: number, step: number): number {
  return cellOf(longitude, LONGITUDE_MAX, step);
}

export function latitudeCell(latitude: number, step: number): number {
  return cellOf(latitude, LATITUDE_MAX, step);
}

/** 16 bits, each followed by a 0. */
function spread(value: number): number {
  let x = value & 0xffff;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

/** Every second bit of 32, from the lowest on. */
function gather(value: number): number {
  let x = value & 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0xffff;
}

/** Number of the cell at these indexes. Rounded to a double where an index is 2^26, as in a sorted set of Redis's. */
export function interleave(latitude: number, longitude: number): number {
  const low = spread(latitude & 0x1fff) | (spread(longitude & 0x1fff) << 1);
  const high = spread(latitude >>> 13) | (spread(longitude >>> 13) << 1);
  return (high >>> 0) * HALF + (low >>> 0);
}

/** The score of a place. */
export function geoScore(longitude: number, latitude: number): number {
  return interleave(latitudeCell(latitude, STEP_MAX), longitudeCell(longitude, STEP_MAX));
}

/** A cell: what it covers, in degrees. */
export interface GeoArea {
  readonly longitudeMin: number;
  readonly longitudeMax: number;
  readonly latitudeMin: number;
  readonly latitudeMax: number;
}

export function areaOf(latitude: number, longitude: number, step: number): GeoArea {
  return {
    longitudeMin: edge(longitude, LONGITUDE_MAX, step),
    longitudeMax: edge(longitude + 1, LONGITUDE_MAX, step),
    latitudeMin: edge(latitude, LATITUDE_MAX, step),
    latitudeMax: edge(latitude + 1, LATITUDE_MAX, step),
  };
}

function edge(cell: number, max: number, step: number): number {
  return -max + (cell / 2 ** step) * (max + max);
}

/** A place on the map; reused. */
export class GeoPoint {
  longitude = 0;
  latitude = 0;

  /** The middle of a score's cell. Any score is one: those that GEOADD never gives are cut to 64 bits as C does it. */
  decode(score: number): this {
    let latitude: number;
    let longitude: number;
    if (score >= 0 && score < 2 ** 53) {
      const bits = Math.trunc(score);
      const high = Math.floor(bits / HALF);
      const low = bits % HALF;
      latitude = gather(high) * 2 ** 13 + gather(low);
      longitude = gather(high >>> 1) * 2 ** 13 + gather(low >>> 1);
    } else {
      const bits = asUint64(score);
      latitude = oddBits(bits);
      longitude = oddBits(bits >> 1n);
    }
    this.longitude = middle(longitude, LONGITUDE_MAX);
    this.latitude = middle(latitude, LATITUDE_MAX);
    return this;
  }
}

function middle(cell: number, max: number): number {
  const degrees = (edge(cell, max, STEP_MAX) + edge(cell + 1, max, STEP_MAX)) / 2;
  return Math.max(-max, Math.min(max, degrees));
}

/** A double as C makes an unsigned integer of it on x86-64. */
function asUint64(score: number): bigint {
  if (score >= 2 ** 64) return 0n;
  if (score < -(2 ** 63)) return 2n ** 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(score)));
}

function oddBits(bits: bigint): number {
  const low = Number(bits & 0xffffffffn);
  const high = Number((bits >> 32n) & 0xffffffffn);
  return gather(high) * 2 ** 16 + gather(low);
}

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
const TEXT_LENGTH = 11;
const BITS_PER_LETTER = 5;

/** The textual geohash of a place, whose last letter is always 0: there are 52 bits for 55. */
export function geohashText({ latitude, longitude }: GeoPoint): string {
  const bits = BigInt(interleave(cellOf(latitude, LATITUDE_POLE, STEP_MAX), longitudeCell(longitude, STEP_MAX)));
  let text = '';
  for (let i = 1; i < TEXT_LENGTH; i++) {
    text += ALPHABET.charAt(Number((bits >> BigInt(2 * STEP_MAX - i * BITS_PER_LETTER)) & 31n));
  }
  return `${text}0`;
}
