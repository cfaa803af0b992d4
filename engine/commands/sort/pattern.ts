import type { Request } from '../../../protocol/resp/request.ts';
import { copyBytes } from '../../../tiers/base/bytes.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { VALUE_HASH, VALUE_STRING } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';

const STAR = 0x2a;
const HASH = 0x23;

/** What BY or GET names for an element: itself (`#`), a string (`weight_*`) or a hash's field (`weight_*->field`). */
export class Pattern {
  /** `#`. */
  readonly isElement: boolean;
  private readonly prefix: Slice;
  private readonly postfix: Slice;
  private readonly field: Slice | undefined;
  /** A pattern without a star names nothing. */
  private readonly hasStar: boolean;
  private name = Buffer.alloc(128);
  private readonly key = new Slice();
  private readonly found = new Slice();

  constructor(request: Request, argIndex: number) {
    const text = request.copy(argIndex);
    const end = text.indexOf(0) < 0 ? text.length : text.indexOf(0);
    this.isElement = end === 1 && text[0] === HASH;
    const star = text.subarray(0, end).indexOf(STAR);
    this.hasStar = star >= 0;
    // An arrow counts behind the star, and with something behind it.
    const arrow = star < 0 ? -1 : text.subarray(0, end).indexOf('->', star + 1);
    const hasField = arrow >= 0 && arrow + 2 < end;
    this.prefix = Slice.of(text.subarray(0, Math.max(0, star)));
    this.postfix = Slice.of(text.subarray(star + 1, hasField ? arrow : text.length));
    this.field = hasField ? Slice.of(text.subarray(arrow + 2)) : undefined;
  }

  /** The value for an element, good until the next call; undefined when there is none, or not yet (`keys.others`). */
  read({ keys, keyspace, session }: CommandContext, element: Slice): Slice | undefined {
    if (this.isElement) return element;
    if (!this.hasStar) return undefined;
    const ref = keys.others.find(session.db, this.nameFor(element));
    if (ref === undefined || !ref.exists) return undefined;
    const { field, found } = this;
    if (field === undefined) {
      if (ref.type !== VALUE_STRING) return undefined;
      const { view, bytes, offset, length } = keyspace.strings.locate(ref);
      return found.set(view, bytes, offset, length);
    }
    if (ref.type !== VALUE_HASH) return undefined;
    const entries = keyspace.hashes.open(ref);
    return entries.find(field) ? entries.value(found) : undefined;
  }

  private nameFor(element: Slice): Slice {
    const length = this.prefix.length + element.length + this.postfix.length;
    if (length > this.name.length) this.name = Buffer.alloc(length * 2);
    const bytes = this.name;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    for (const part of [this.prefix, element, this.postfix]) {
      copyBytes(view, bytes, at, part.view, part.bytes, part.at, part.length);
      at += part.length;
    }
    return this.key.set(view, bytes, 0, length);
  }
}
