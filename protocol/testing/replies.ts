/** A RESP2 reply; errors and simple strings are their lines, with the first byte. */
export type Reply = Buffer | bigint | string | null | readonly Reply[];

/** All replies in `bytes`, which must be whole. */
export function parseReplies(bytes: Buffer): Reply[] {
  const replies: Reply[] = [];
  let at = 0;
  const line = (): string => {
    const end = bytes.indexOf('\r\n', at);
    const text = bytes.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  const reply = (): Reply => {
    const head = line();
    const rest = head.slice(1);
    if (head.startsWith(':')) return BigInt(rest);
    if (head.startsWith('$')) {
      const length = Number(rest);
      if (length < 0) return null;
      at += length + 2;
      return bytes.subarray(at - length - 2, at - 2);
    }
    if (head.startsWith('*')) {
      const length = Number(rest);
      return length < 0 ? null : Array.from({ length }, reply);
    }
    return head;
  };
  while (at < bytes.length) replies.push(reply());
  return replies;
}

/** The reply's bulk string. */
export function bulk(reply: Reply | undefined): Buffer {
  if (!Buffer.isBuffer(reply)) throw new Error(`not a bulk string: ${String(reply)}`);
  return reply;
}

/** The reply's array. */
export function items(reply: Reply | undefined): readonly Reply[] {
  if (!Array.isArray(reply)) throw new Error(`not an array: ${String(reply)}`);
  return reply;
}
