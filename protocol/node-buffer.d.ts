/** Methods of Node's `Buffer` that its type package leaves out: as `toString(encoding, start, end)`, without its dispatch. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  utf8Slice(start?: number, end?: number): string;
}
