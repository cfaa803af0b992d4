import { geoScore } from '../../types/zset/geohash.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import { Adder, CH, NX, XX } from '../sorted-set/add.ts';
import { key, member } from '../sorted-set/arguments.ts';
import type { CommandSpec } from '../spec.ts';
import { latitude, longitude, placeArgument } from './arguments.ts';

const adder = new Adder();

function geoadd(context: CommandContext): void {
  const { request } = context;
  let options = 0;
  let first = 2;
  for (; first < request.count; first++) {
    if (request.is(first, 'nx')) options |= NX;
    else if (request.is(first, 'xx')) options |= XX;
    else if (request.is(first, 'ch')) options |= CH;
    else break;
  }
  const left = request.count - first;
  if (left === 0 || left % 3 !== 0 || (options & (NX | XX)) === (NX | XX)) throw errors.syntax;
  adder.begin(options);
  for (let i = first; i < request.count; i += 3) {
    const place = placeArgument(request, i);
    adder.addScore(geoScore(place.longitude, place.latitude));
  }
  adder.run(context, first + 2, 3);
}

export const addCommands: readonly CommandSpec[] = [
  {
    name: 'geoadd',
    summary: 'Add places to a geospatial index, or move them',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(log(N)) for each place, N being the number of places',
    cheapArguments: 5,
    arity: -5,
    flags: ['write', 'denyoom'],
    categories: ['geo'],
    keySpecs: [keyAt(1, ['RW', 'update'])],
    history: [['6.2.0', 'Options CH, NX and XX']],
    arguments: [
      key,
      {
        name: 'condition',
        type: 'oneof',
        since: '6.2.0',
        optional: true,
        arguments: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
        ],
      },
      { name: 'change', type: 'pure-token', token: 'CH', since: '6.2.0', optional: true },
      { name: 'longitude_latitude_member', type: 'block', multiple: true, arguments: [longitude, latitude, member] },
    ],
    tiers: 'value',
    execute: geoadd,
  },
];
