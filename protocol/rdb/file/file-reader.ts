import { BadRdb } from '../errors.ts';
import { RdbReader, type RdbSource } from '../reader.ts';
import { ByteSpan } from '../span.ts';
import {
  kindOfType,
  MAX_RDB_VERSION,
  OPCODE_AUX,
  OPCODE_EOF,
  OPCODE_EXPIRETIME,
  OPCODE_EXPIRETIME_MS,
  OPCODE_FREQ,
  OPCODE_FUNCTION2,
  OPCODE_IDLE,
  OPCODE_MODULE_AUX,
  OPCODE_RESIZEDB,
  OPCODE_SELECTDB,
  type RdbKind,
  TYPE_MODULE_2,
} from '../types.ts';
import { ValueReader } from '../values/value-reader.ts';
import { IGNORE, type RdbVisitor } from '../values/visitor.ts';
import { moduleName, skipModuleAux, skipModuleParts } from './modules.ts';

const SIGNATURE = 'REDIS';
const HEADER_BYTES = 9;
/** Files of before have no checksum. */
const FIRST_VERSION_WITH_CHECKSUM = 5;

/** What is said of a key before its value; the object is used again for the next key. */
export interface KeyAttributes {
  /** Unix time in ms; -1 when the key does not expire. */
  expiresAtMs: number;
  /** -1 when not said. */
  idleSeconds: number;
  /** Redis's logarithmic access counter, 0 to 255; -1 when not said. */
  frequency: number;
}

/** Takes what a file holds, in its order. Spans are valid only during the call. */
export interface RdbFileHandler {
  /** Before anything else. */
  version(version: number): void;
  aux(name: ByteSpan, value: ByteSpan): void;
  /** The database of all keys that follow; before the first such call it is 0. */
  database(index: number): void;
  /** How many keys to expect in this database, and how many of them expire. Not to be relied upon. */
  sizes(keys: number, expiring: number): void;
  functionLibrary(code: ByteSpan): void;
  /** A key. Its value goes to the visitor that is returned, or nowhere, and then `keyEnd` or `keyEmpty` follows. */
  key(key: ByteSpan, kind: RdbKind, attributes: KeyAttributes): RdbVisitor | undefined;
  keyEnd(): void;
  /** There was nothing to visit: the key must not exist. Old versions of Redis could write such keys. */
  keyEmpty(): void;
  /** A value (`key`), or other data, of a module, which was passed over. */
  module(name: string, key: ByteSpan | undefined): void;
}

/**
 * Reads an RDB file from a source that gives its bytes in turn: `next` until false. Throws `BadRdb`, and whatever the source and the
 * handler throw. A value is checked while it is handed on, not before. Memory: the longest string, or one node.
 */
export class RdbFileReader {
  readonly reader: RdbReader;
  private readonly handler: RdbFileHandler;
  private readonly values = new ValueReader();
  private readonly findDuplicates: boolean;
  private readonly first = new ByteSpan();
  private readonly second = new ByteSpan();
  private readonly attributes: KeyAttributes = { expiresAtMs: -1, idleSeconds: -1, frequency: -1 };
  private version = 0;

  /** `findDuplicates`: refuse members and fields that come twice, at 24 bytes and 0.3 µs each; not for handlers that notice. */
  constructor(source: RdbSource, handler: RdbFileHandler, findDuplicates = true) {
    this.reader = RdbReader.from(source);
    this.handler = handler;
    this.findDuplicates = findDuplicates;
  }

  /** Reads up to and including one key, or to the end: false. */
  next(): boolean {
    if (this.version === 0) this.header();
    for (;;) {
      const type = this.reader.byte();
      if (type === OPCODE_EOF) {
        this.end();
        return false;
      }
      if (!this.opcode(type)) {
        this.key(type);
        return true;
      }
    }
  }

  private header(): void {
    this.reader.raw(HEADER_BYTES, this.first);
    const text = this.first.copy().toString('latin1');
    const version = Number(text.slice(SIGNATURE.length));
    if (!/^REDIS\d{4}$/.test(text) || version < 1 || version > MAX_RDB_VERSION) throw new BadRdb('version');
    this.version = version;
    this.handler.version(version);
  }

  /** False when it is the type of a key. */
  private opcode(type: number): boolean {
    const { reader, handler, attributes, first, second } = this;
    switch (type) {
      case OPCODE_AUX:
        reader.string(first);
        reader.string(second);
        handler.aux(first, second);
        return true;
      case OPCODE_SELECTDB:
        handler.database(reader.count());
        return true;
      case OPCODE_RESIZEDB: {
        const keys = reader.count();
        handler.sizes(keys, reader.count());
        return true;
      }
      case OPCODE_EXPIRETIME_MS:
        attributes.expiresAtMs = reader.milliseconds();
        return true;
      case OPCODE_EXPIRETIME:
        attributes.expiresAtMs = reader.int32() * 1000;
        return true;
      case OPCODE_IDLE:
        attributes.idleSeconds = reader.count();
        return true;
      case OPCODE_FREQ:
        attributes.frequency = reader.byte();
        return true;
      case OPCODE_FUNCTION2:
        reader.string(first);
        handler.functionLibrary(first);
        return true;
      case OPCODE_MODULE_AUX:
        handler.module(skipModuleAux(reader), undefined);
        return true;
      default:
        return false;
    }
  }

  private key(type: number): void {
    const { reader, handler, attributes, first } = this;
    const kind = kindOfType(type);
    reader.string(first);
    if (type === TYPE_MODULE_2) {
      const id = reader.number64();
      skipModuleParts(reader);
      handler.module(moduleName(id), first);
    } else {
      if (kind === undefined) throw new BadRdb('unsupported type', String(type));
      this.value(type, handler.key(first, kind, attributes) ?? IGNORE);
    }
    attributes.expiresAtMs = -1;
    attributes.idleSeconds = -1;
    attributes.frequency = -1;
  }

  private value(type: number, visitor: RdbVisitor): void {
    try {
      this.values.read(this.reader, type, visitor, this.findDuplicates);
    } catch (error) {
      if (!(error instanceof BadRdb && error.reason === 'empty')) throw error;
      this.handler.keyEmpty();
      return;
    }
    this.handler.keyEnd();
  }

  private end(): void {
    if (this.version < FIRST_VERSION_WITH_CHECKSUM) return;
    const expected = this.reader.checksum().value();
    const found = this.reader.raw64();
    if (found !== 0n && found !== expected) throw new BadRdb('checksum');
  }
}
