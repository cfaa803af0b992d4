/** A sequence of requests. `requests[i]` is an object, renumbered densely from 0 in order of first use; `sizes[i]` its bytes. */
export interface Trace {
  readonly name: string;
  readonly objects: number;
  readonly requests: Uint32Array;
  readonly sizes: Uint32Array;
}

/** libCacheSim's "oracleGeneral": u32 seconds | u64 object | u32 bytes | i64 next request of the object, little endian. */
const RECORD_BYTES = 24;
const RECORD_OBJECT = 4;
const RECORD_SIZE = 12;

/** Reads a trace in libCacheSim's oracleGeneral format (https://github.com/1a1a11a/libCacheSim). */
export function readOracleGeneral(name: string, file: Uint8Array): Trace {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = Math.floor(file.byteLength / RECORD_BYTES);
  const requests = new Uint32Array(count);
  const sizes = new Uint32Array(count);
  const numbers = new Map<bigint, number>();
  for (let i = 0; i < count; i++) {
    const at = i * RECORD_BYTES;
    const object = view.getBigUint64(at + RECORD_OBJECT, true);
    let number = numbers.get(object);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(object, number);
    }
    requests[i] = number;
    sizes[i] = view.getUint32(at + RECORD_SIZE, true);
  }
  return { name, objects: numbers.size, requests, sizes };
}

/** A trace of objects of one byte each, from names that need not be dense. */
export function unitTrace(name: string, names: readonly number[]): Trace {
  const numbers = new Map<number, number>();
  const requests = Uint32Array.from(names, (object) => {
    const known = numbers.get(object);
    if (known !== undefined) return known;
    numbers.set(object, numbers.size);
    return numbers.size - 1;
  });
  return { name, objects: numbers.size, requests, sizes: new Uint32Array(requests.length).fill(1) };
}
