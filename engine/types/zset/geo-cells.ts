import { type Bounds, boundsOf, type GeoShape, reachOf } from './geo-shape.ts';
import { areaOf, type GeoArea, interleave, latitudeCell, longitudeCell, STEP_MAX } from './geohash.ts';

/** Half of the earth's circumference on a web map, in m. */
const MERCATOR_MAX = 20037726.37;

/** A range of scores: from `min` up to, and without, `max`. */
export interface ScoreRange {
  readonly min: number;
  readonly max: number;
}

/** Rows to the north and columns to the east of the middle cell, in the order that Redis looks at them. */
const AROUND: readonly (readonly [north: number, east: number])[] = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
];

/** The cells that a shape lies in: one and up to eight around it, which are large enough to hold it (geohash_helper.c of 7.0.15). */
export function cellsOf(shape: GeoShape): ScoreRange[] {
  const bounds = boundsOf(shape);
  let grid = new Grid(shape, stepFor(reachOf(shape), shape.latitude));
  if (grid.step > 1 && !grid.contains(bounds)) grid = new Grid(shape, grid.step - 1);
  const ranges: ScoreRange[] = [];
  let last = -1;
  for (const [n, [north, east]] of AROUND.entries()) {
    if (n > 0 && grid.step >= 2 && grid.isBeyond(bounds, north, east)) continue;
    const bits = grid.number(north, east);
    // Of a huge shape, neighbours are the same cell. Redis does not compare with the middle one.
    if (bits === last) continue;
    if (n > 0) last = bits;
    const size = 2 ** (2 * (STEP_MAX - grid.step));
    ranges.push({ min: bits * size, max: (bits + 1) * size });
  }
  return ranges;
}

/** The finest step at which a cell is as large as the reach. */
function stepFor(reach: number, latitude: number): number {
  if (reach === 0) return STEP_MAX;
  let step = -1;
  for (let range = reach; range < MERCATOR_MAX; range *= 2) step++;
  // Towards the poles cells are narrower.
  if (Math.abs(latitude) > 66) step--;
  if (Math.abs(latitude) > 80) step--;
  return Math.max(1, Math.min(STEP_MAX, step));
}

/** Nine cells around a place. */
class Grid {
  readonly step: number;
  private readonly latitude: number;
  private readonly longitude: number;
  private readonly middle: GeoArea;

  constructor(shape: GeoShape, step: number) {
    this.step = step;
    this.latitude = latitudeCell(shape.latitude, step);
    this.longitude = longitudeCell(shape.longitude, step);
    this.middle = areaOf(this.latitude, this.longitude, step);
  }

  number(north: number, east: number): number {
    return interleave(this.moved(this.latitude, north), this.moved(this.longitude, east));
  }

  /** Whether the cells north, south, east and west reach as far as the bounds. */
  contains(bounds: Bounds): boolean {
    return (
      this.area(1, 0).latitudeMax >= bounds.north &&
      this.area(-1, 0).latitudeMin <= bounds.south &&
      this.area(0, 1).longitudeMax >= bounds.east &&
      this.area(0, -1).longitudeMin <= bounds.west
    );
  }

  /** Whether a cell lies in a direction in which the middle one reaches farther than the bounds. */
  isBeyond(bounds: Bounds, north: number, east: number): boolean {
    const { middle } = this;
    return (
      (north < 0 && middle.latitudeMin < bounds.south) ||
      (north > 0 && middle.latitudeMax > bounds.north) ||
      (east < 0 && middle.longitudeMin < bounds.west) ||
      (east > 0 && middle.longitudeMax > bounds.east)
    );
  }

  private area(north: number, east: number): GeoArea {
    return areaOf(this.moved(this.latitude, north), this.moved(this.longitude, east), this.step);
  }

  /** The grid is closed in both directions. */
  private moved(cell: number, by: number): number {
    if (by === 0) return cell;
    const cells = 2 ** this.step;
    return (cell + by + cells) % cells;
  }
}
