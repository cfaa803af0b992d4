import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import { TYPE_STRING } from '../../../protocol/rdb/types.ts';
import { IGNORE, type RdbVisitor } from '../../../protocol/rdb/values/visitor.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../codec.ts';
import type { StringValues } from './string-values.ts';

const NOTHING: Buffer = Buffer.alloc(0);

/** Strings to RDB values and back. */
export class StringCodec implements ValueCodec {
  private readonly strings: StringValues;
  private readonly visitor: RdbVisitor;
  private value = NOTHING;

  constructor(strings: StringValues) {
    this.strings = strings;
    this.visitor = {
      ...IGNORE,
      string: (span) => {
        this.value = span.copy();
      },
    };
  }

  save(ref: KeyRef, output: RdbOutput): void {
    const { bytes, offset, length } = this.strings.locate(ref);
    output.valueType(TYPE_STRING);
    output.string(bytes, offset, length);
  }

  begin(): RdbVisitor {
    return this.visitor;
  }

  place(ref: KeyRef, expiryMs: number): void {
    this.strings.set(ref, this.value, 0, this.value.length, expiryMs);
    this.discard();
  }

  discard(): void {
    this.value = NOTHING;
  }
}
