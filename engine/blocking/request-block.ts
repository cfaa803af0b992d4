import { Request } from '../../protocol/resp/request.ts';
import type { Arena } from '../../tiers/memory/arena.ts';
import { asHandle, type Handle } from '../../tiers/memory/handle.ts';

/**
 * The request of a client that waits, in shared memory, so that any thread can run it. Every record of interest of the client points to it.
 * State and keys are protected by the locks of all slots of the keys together; the rest never changes. Made and freed by the client's own thread. Little endian.
 *
 *   0   state u32: WAITING, SERVED, GONE
 *   4   database u32
 *   8   RESP version u8 | no-touch u8 | spare u16
 *   12  argument that names the consumer group u32, 0: none
 *   16  number of keys u32                       20  number of arguments u32
 *   24  spare
 *   32  keys: slot u32, record u32
 *   ..  lengths of the arguments, u32 each       ..  the arguments
 */
const STATE = 0;
const DB = 4;
const RESP = 8;
const NO_TOUCH = 9;
const GROUP = 12;
const KEYS = 16;
const ARGUMENTS = 20;
const HEADER_BYTES = 32;
const KEY_BYTES = 8;

export const WAITING = 0;
export const SERVED = 1;
export const GONE = 2;

/** Arguments as the block is to have them: those of the request, some of them replaced. */
export type Arguments = readonly Buffer[];

export function blockBytes(keys: number, args: Arguments): number {
  return HEADER_BYTES + keys * KEY_BYTES + args.length * 4 + args.reduce((sum, one) => sum + one.length, 0);
}

export interface BlockFacts {
  readonly db: number;
  readonly resp: 2 | 3;
  readonly noTouch: boolean;
  readonly groupIndex: number;
  readonly keys: number;
}

/** Reads and writes such blocks; the block last opened is the one that getters talk of. */
export class RequestBlock {
  private readonly arena: Arena;
  private view: DataView;
  private bytes: Uint8Array;
  private at = 0;
  /** The arguments last loaded. */
  private copy = Buffer.alloc(256);
  private copyView = new DataView(this.copy.buffer, this.copy.byteOffset, this.copy.length);
  readonly request: Request = new Request();

  constructor(arena: Arena) {
    this.arena = arena;
    this.view = this.copyView;
    this.bytes = this.copy;
  }

  open(block: Handle): this {
    this.view = this.arena.view(block);
    this.bytes = this.arena.bytes(block);
    this.at = this.arena.offset(block);
    return this;
  }

  /** Fills the open block, which has `blockBytes`. Its keys are set afterwards. */
  write(facts: BlockFacts, args: Arguments): void {
    const { view, at } = this;
    view.setUint32(at + STATE, WAITING, true);
    view.setUint32(at + DB, facts.db, true);
    view.setUint8(at + RESP, facts.resp);
    view.setUint8(at + NO_TOUCH, facts.noTouch ? 1 : 0);
    view.setUint32(at + GROUP, facts.groupIndex, true);
    view.setUint32(at + KEYS, facts.keys, true);
    view.setUint32(at + ARGUMENTS, args.length, true);
    let lengthAt = this.lengthsAt;
    let to = lengthAt + args.length * 4;
    for (const argument of args) {
      view.setUint32(lengthAt, argument.length, true);
      this.bytes.set(argument, to);
      lengthAt += 4;
      to += argument.length;
    }
  }

  get state(): number {
    return this.view.getUint32(this.at + STATE, true);
  }

  set state(state: number) {
    this.view.setUint32(this.at + STATE, state, true);
  }

  get db(): number {
    return this.view.getUint32(this.at + DB, true);
  }

  get resp(): 2 | 3 {
    return this.view.getUint8(this.at + RESP) === 3 ? 3 : 2;
  }

  get noTouch(): boolean {
    return this.view.getUint8(this.at + NO_TOUCH) !== 0;
  }

  get keys(): number {
    return this.view.getUint32(this.at + KEYS, true);
  }

  slot(n: number): number {
    return this.view.getUint32(this.at + HEADER_BYTES + n * KEY_BYTES, true);
  }

  record(n: number): Handle {
    return asHandle(this.view.getUint32(this.at + HEADER_BYTES + n * KEY_BYTES + 4, true));
  }

  setKey(n: number, slot: number, record: Handle): void {
    this.view.setUint32(this.at + HEADER_BYTES + n * KEY_BYTES, slot, true);
    this.view.setUint32(this.at + HEADER_BYTES + n * KEY_BYTES + 4, record, true);
  }

  /** Name of the group, one character per byte; undefined when there is none. */
  get group(): string | undefined {
    const index = this.view.getUint32(this.at + GROUP, true);
    if (index === 0) return undefined;
    let from = this.lengthsAt + this.view.getUint32(this.at + ARGUMENTS, true) * 4;
    for (let i = 0; i < index; i++) from += this.view.getUint32(this.lengthsAt + i * 4, true);
    const length = this.view.getUint32(this.lengthsAt + index * 4, true);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, length).latin1Slice();
  }

  /** Makes `request` one over a copy of the arguments, good until the next call. */
  load(): void {
    const { view, request } = this;
    const count = view.getUint32(this.at + ARGUMENTS, true);
    const from = this.lengthsAt + count * 4;
    let length = 0;
    for (let i = 0; i < count; i++) length += view.getUint32(this.lengthsAt + i * 4, true);
    if (length > this.copy.length) {
      this.copy = Buffer.alloc(length * 2);
      this.copyView = new DataView(this.copy.buffer, this.copy.byteOffset, this.copy.length);
    }
    this.copy.set(this.bytes.subarray(from, from + length));
    request.attach(this.copy, this.copyView);
    let start = 0;
    for (let i = 0; i < count; i++) {
      const argument = view.getUint32(this.lengthsAt + i * 4, true);
      request.push(start, argument);
      start += argument;
    }
  }

  private get lengthsAt(): number {
    return this.at + HEADER_BYTES + this.keys * KEY_BYTES;
  }
}
