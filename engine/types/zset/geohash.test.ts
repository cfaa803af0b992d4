import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cellsOf } from './geo-cells.ts';
import { distanceBetween, distanceWithin, exactDistanceBetween, type GeoShape } from './geo-shape.ts';
import { GeoPoint, geohashText, geoScore } from './geohash.ts';
import { preciseAsin, preciseCos, preciseSin } from './trigonometry.ts';

const longitude = fc.double({ min: -180, max: 180, noNaN: true });
const latitude = fc.double({ min: -85.05112878, max: 85.05112878, noNaN: true });

test('the places that the documentation of Redis shows', () => {
  const palermo = new GeoPoint().decode(geoScore(13.361389, 38.115556));
  const catania = new GeoPoint().decode(geoScore(15.087269, 37.502669));
  assert.equal(geoScore(13.361389, 38.115556), 3479099956230698);
  assert.equal(geohashText(palermo), 'sqc8b49rny0');
  assert.equal(geohashText(catania), 'sqdtr74hyu0');
  assert.equal(exactDistanceBetween(palermo, catania).toFixed(4), '166274.1516');
});

test('a place is decoded to the middle of its cell, less than a metre away', () => {
  fc.assert(
    fc.property(longitude, latitude, (x, y) => {
      const place = new GeoPoint().decode(geoScore(x, y));
      assert.ok(distanceBetween(x, y, place.longitude, place.latitude) < 1);
    }),
  );
});

test('what lies in a circle lies in one of its cells', () => {
  const radius = fc.double({ min: 0, max: 1e6, noNaN: true });
  const near = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.double({ min: -170, max: 170, noNaN: true }),
      fc.double({ min: -60, max: 60, noNaN: true }),
      radius,
      near,
      near,
      (x, y, metres, a, b) => {
        const shape: GeoShape = {
          longitude: x,
          latitude: y,
          box: false,
          radius: metres,
          width: 0,
          height: 0,
          metres: 1,
        };
        const degrees = metres / 111_000;
        const score = geoScore(
          Math.max(-180, Math.min(180, x + a * degrees)),
          Math.max(-85, Math.min(85, y + b * degrees)),
        );
        if (distanceWithin(shape, new GeoPoint().decode(score)) < 0) return;
        assert.ok(cellsOf(shape).some(({ min, max }) => score >= min && score < max));
      },
    ),
    { seed: 20_261_122, numRuns: 500 },
  );
});

test('values at which V8 and the C library differ', () => {
  assert.equal(preciseSin(-2.3303652650731834), -0.7251329110535493);
  assert.equal(preciseSin(2.561825907281765), 0.5478288138841064);
  assert.equal(preciseCos(0.7571053851452498), 0.7268271335807918);
  assert.equal(preciseCos(-0.9042350403477617), 0.618286982664327);
  assert.equal(preciseAsin(0.5966856688843407), 0.6393645996087253);
  assert.equal(preciseAsin(0.6559527826654765), 0.7154442241689215);
});

test('otherwise they are one bit apart at most', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (x) => {
      assert.ok(Math.abs(preciseSin(x) - Math.sin(x)) <= 2 ** -53);
      assert.ok(Math.abs(preciseCos(x) - Math.cos(x)) <= 2 ** -53);
      assert.ok(Math.abs(preciseAsin(x) - Math.asin(x)) <= 2 ** -52);
    }),
  );
});
