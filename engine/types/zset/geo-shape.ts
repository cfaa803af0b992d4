import type { GeoPoint } from './geohash.ts';
import { preciseAsin, preciseCos, preciseSin } from './trigonometry.ts';

/** Distances on a sphere, as Redis computes them (geohash_helper.c of 7.0.15); all in m and degrees. */
const EARTH_RADIUS = 6372797.560856;
const DEGREE = Math.PI / 180;

/** By the haversine formula. */
export function distanceBetween(longitude1: number, latitude1: number, longitude2: number, latitude2: number): number {
  const from = latitude1 * DEGREE;
  const to = latitude2 * DEGREE;
  const u = Math.sin((to - from) / 2);
  const v = Math.sin((longitude2 * DEGREE - longitude1 * DEGREE) / 2);
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(u * u + Math.cos(from) * Math.cos(to) * v * v));
}

/** The same with every bit as C's library has it: for distances that are stored. */
export function exactDistanceBetween(a: GeoPlace, b: GeoPlace): number {
  const from = a.latitude * DEGREE;
  const to = b.latitude * DEGREE;
  const u = preciseSin((to - from) / 2);
  const v = preciseSin((b.longitude * DEGREE - a.longitude * DEGREE) / 2);
  return 2 * EARTH_RADIUS * preciseAsin(Math.sqrt(u * u + preciseCos(from) * preciseCos(to) * v * v));
}

interface GeoPlace {
  readonly longitude: number;
  readonly latitude: number;
}

/** A circle, or a box that stands upright, around a place. */
export interface GeoShape {
  longitude: number;
  latitude: number;
  box: boolean;
  /** In units of `metres`: radius of a circle, sides of a box. */
  radius: number;
  width: number;
  height: number;
  /** The unit that distances are given in. */
  metres: number;
}

/** Distance from the middle of a shape to a place within it, -1 when it is outside. */
export function distanceWithin(shape: GeoShape, { longitude, latitude }: GeoPoint): number {
  const distance = distanceBetween(shape.longitude, shape.latitude, longitude, latitude);
  if (!shape.box) return distance > shape.radius * shape.metres ? -1 : distance;
  const across = distanceBetween(longitude, latitude, shape.longitude, latitude);
  const along = distanceBetween(longitude, latitude, longitude, shape.latitude);
  const within = across <= (shape.width * shape.metres) / 2 && along <= (shape.height * shape.metres) / 2;
  return within ? distance : -1;
}

/** What a shape covers, in degrees; longitudes may go beyond 180. */
export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export function boundsOf(shape: GeoShape): Bounds {
  const { longitude, latitude, metres } = shape;
  const height = metres * (shape.box ? shape.height / 2 : shape.radius);
  const width = metres * (shape.box ? shape.width / 2 : shape.radius);
  const up = height / EARTH_RADIUS / DEGREE;
  // Meridians are closest at the side that is nearer to a pole.
  const nearPole = latitude < 0 ? latitude - up : latitude + up;
  const aside = width / EARTH_RADIUS / Math.cos(nearPole * DEGREE) / DEGREE;
  return { west: longitude - aside, south: latitude - up, east: longitude + aside, north: latitude + up };
}

/** Distance from the middle of a shape to its farthest point. */
export function reachOf(shape: GeoShape): number {
  const halfWidth = shape.width / 2;
  const halfHeight = shape.height / 2;
  return (shape.box ? Math.sqrt(halfWidth * halfWidth + halfHeight * halfHeight) : shape.radius) * shape.metres;
}
