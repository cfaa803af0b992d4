import type { Request } from '../../../protocol/resp/request.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { GeoShape } from '../../types/zset/geo-shape.ts';
import { GeoPoint } from '../../types/zset/geohash.ts';
import { parseInteger } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors, untilNul } from '../errors.ts';
import { memberArgument, scoreArgument } from '../sorted-set/arguments.ts';
import { placeArgument, unitArgument } from './arguments.ts';

const notMember = new CommandError('ERR could not decode requested zset member');
const notRadius = new CommandError('ERR need numeric radius');
const negativeRadius = new CommandError('ERR radius cannot be negative');
const notWidth = new CommandError('ERR need numeric width');
const notHeight = new CommandError('ERR need numeric height');
const negativeSide = new CommandError('ERR height or width cannot be negative');
const notPositive = new CommandError('ERR COUNT must be > 0');
const anyWithoutCount = new CommandError('ERR the ANY argument requires COUNT argument');

/** Which of the search commands: they differ in what stands where, and which options there are. */
export interface GeoGrammar {
  readonly kind: 'search' | 'around-place' | 'around-member';
  /** Argument of the first option. */
  readonly options: number;
  /** GEOSEARCHSTORE stores, GEORADIUS may, the _RO commands do not. */
  readonly stores: 'always' | 'may' | 'never';
}

/** What a search asks for. */
export class GeoQuery {
  readonly shape: GeoShape = { longitude: 0, latitude: 0, box: false, radius: 0, width: 0, height: 0, metres: 1 };
  withDistance = false;
  withHash = false;
  withPlace = false;
  sort: 'none' | 'asc' | 'desc' = 'none';
  /** How many to answer, 0 for all; `any`: the first that are found. */
  count = 0;
  any = false;
  stores = false;
  storesDistance = false;
  private hasMiddle: 'no' | 'member' | 'place' = 'no';
  private hasExtent: 'no' | 'circle' | 'box' = 'no';

  /** Reads the arguments; `ref` is the sorted set to search (type checked), in which a member may be the middle. */
  parse(context: CommandContext, grammar: GeoGrammar, ref: KeyRef): void {
    const { request } = context;
    this.stores = grammar.stores === 'always';
    if (grammar.kind === 'around-place') {
      this.setMiddle(placeArgument(request, 2));
      this.setCircle(request, 4);
    } else if (grammar.kind === 'around-member' && ref.exists) {
      this.setMember(context, ref, 2);
      this.setCircle(request, 3);
    }
    for (let i = grammar.options; i < request.count; ) i += this.option(context, grammar, ref, i);
    this.check(request, grammar);
    if (this.count !== 0 && this.sort === 'none' && !this.any) this.sort = 'asc';
  }

  /** Reads one option; answers the number of its arguments. */
  private option(context: CommandContext, grammar: GeoGrammar, ref: KeyRef, i: number): number {
    const { request } = context;
    const left = request.count - i - 1;
    if (request.is(i, 'withdist')) this.withDistance = true;
    else if (request.is(i, 'withhash')) this.withHash = true;
    else if (request.is(i, 'withcoord')) this.withPlace = true;
    else if (request.is(i, 'any')) this.any = true;
    else if (request.is(i, 'asc')) this.sort = 'asc';
    else if (request.is(i, 'desc')) this.sort = 'desc';
    else if (request.is(i, 'count') && left >= 1) {
      const count = parseInteger(request, i + 1);
      if (count === undefined) throw errors.notInteger;
      if (count <= 0) throw notPositive;
      this.count = Number(count);
      return 2;
    } else if (grammar.kind === 'search') return this.searchOption(context, grammar, ref, i, left);
    else if (grammar.stores === 'may' && left >= 1 && (request.is(i, 'store') || request.is(i, 'storedist'))) {
      this.stores = true;
      this.storesDistance = request.is(i, 'storedist');
      return 2;
    } else throw errors.syntax;
    return 1;
  }

  private searchOption(context: CommandContext, grammar: GeoGrammar, ref: KeyRef, i: number, left: number): number {
    const { request } = context;
    if (request.is(i, 'frommember') && left >= 1 && this.hasMiddle !== 'place') {
      if (ref.exists) this.setMember(context, ref, i + 1);
      this.hasMiddle = 'member';
      return 2;
    }
    if (request.is(i, 'fromlonlat') && left >= 2 && this.hasMiddle !== 'member') {
      this.setMiddle(placeArgument(request, i + 1));
      this.hasMiddle = 'place';
      return 3;
    }
    if (request.is(i, 'byradius') && left >= 2 && this.hasExtent !== 'box') {
      this.setCircle(request, i + 1);
      this.hasExtent = 'circle';
      return 3;
    }
    if (request.is(i, 'bybox') && left >= 3 && this.hasExtent !== 'circle') {
      this.setBox(request, i + 1);
      this.hasExtent = 'box';
      return 4;
    }
    if (grammar.stores === 'always' && request.is(i, 'storedist')) {
      this.storesDistance = true;
      return 1;
    }
    throw errors.syntax;
  }

  private check(request: Request, grammar: GeoGrammar): void {
    if (this.stores && (this.withDistance || this.withHash || this.withPlace)) {
      const what = grammar.stores === 'always' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS';
      throw new CommandError(`ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
    }
    if (grammar.kind === 'search') {
      const name = untilNul(request.latin1(0));
      if (this.hasMiddle === 'no')
        throw new CommandError(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`);
      if (this.hasExtent === 'no')
        throw new CommandError(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${name}`);
    }
    if (this.any && this.count === 0) throw anyWithoutCount;
  }

  private setMiddle({ longitude, latitude }: { readonly longitude: number; readonly latitude: number }): void {
    this.shape.longitude = longitude;
    this.shape.latitude = latitude;
  }

  private setMember({ keyspace, request }: CommandContext, ref: KeyRef, argIndex: number): void {
    const zset = keyspace.sortedSets.open(ref);
    if (!zset.find(memberArgument(request, argIndex))) throw notMember;
    this.setMiddle(new GeoPoint().decode(zset.score));
  }

  private setCircle(request: Request, argIndex: number): void {
    const radius = scoreArgument(request, argIndex, notRadius);
    if (radius < 0) throw negativeRadius;
    this.shape.metres = unitArgument(request, argIndex + 1);
    this.shape.radius = radius;
    this.shape.box = false;
  }

  private setBox(request: Request, argIndex: number): void {
    const width = scoreArgument(request, argIndex, notWidth);
    const height = scoreArgument(request, argIndex + 1, notHeight);
    if (width < 0 || height < 0) throw negativeSide;
    this.shape.metres = unitArgument(request, argIndex + 2);
    this.shape.width = width;
    this.shape.height = height;
    this.shape.box = true;
  }
}
