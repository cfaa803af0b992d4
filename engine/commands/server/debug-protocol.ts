import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { CommandError } from '../errors.ts';

const unknownType = new CommandError(
  'ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
);
const noPush = new CommandError('ERR RESP2 is not supported by this command');

function countTo3(reply: ReplyWriter): void {
  for (let i = 0; i < 3; i++) reply.integer(i);
}

/** DEBUG PROTOCOL: one reply of each type, equal to redis-server's, which clients' tests know by heart. */
const samples: Readonly<Record<string, (reply: ReplyWriter) => void>> = {
  string: (reply) => reply.text('Hello World'),
  integer: (reply) => reply.integer(12345),
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the reply that redis-server gives
  double: (reply) => reply.double(3.141),
  bignum: (reply) => reply.bigNumber('1234567999999999999999999999999999999'),
  null: (reply) => reply.nil(),
  array(reply) {
    reply.array(3);
    countTo3(reply);
  },
  set(reply) {
    reply.set(3);
    countTo3(reply);
  },
  map(reply) {
    reply.map(3);
    for (let i = 0; i < 3; i++) {
      reply.integer(i);
      reply.boolean(i === 1);
    }
  },
  attrib(reply) {
    if (reply.resp === 3) {
      reply.attribute(1);
      reply.text('key-popularity');
      reply.array(2);
      reply.text('key:123');
      reply.integer(90);
    }
    reply.text('Some real reply following the attribute');
  },
  push(reply) {
    if (reply.resp === 2) throw noPush;
    reply.push(2);
    reply.text('server-cpu-usage');
    reply.integer(42);
    reply.text('Some real reply following the push reply');
  },
  verbatim: (reply) => reply.verbatim('txt', 'This is a verbatim\nstring'),
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
};

export function writeProtocolSample(reply: ReplyWriter, type: string): void {
  const sample = Object.hasOwn(samples, type) ? samples[type] : undefined;
  if (sample === undefined) throw unknownType;
  sample(reply);
}
