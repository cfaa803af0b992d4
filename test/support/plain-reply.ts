/** A RESP2 reply as plain JavaScript: strings (one character per byte), numbers, null, arrays; errors are `Error`s. */
export function toPlain(raw: Buffer): unknown {
  let at = 0;
  const line = (): string => {
    const end = raw.indexOf('\r\n', at);
    const text = raw.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  const next = (): unknown => {
    const head = line();
    const rest = head.slice(1);
    switch (head[0]) {
      case '+':
        return rest;
      case '-':
        return new Error(rest);
      case ':':
        return Number(rest);
      case '$': {
        const length = Number(rest);
        if (length < 0) return null;
        const text = raw.toString('latin1', at, at + length);
        at += length + 2;
        return text;
      }
      case '*':
        return Number(rest) < 0 ? null : Array.from({ length: Number(rest) }, next);
      default:
        throw new Error(`no RESP2 reply: ${head}`);
    }
  };
  return next();
}
