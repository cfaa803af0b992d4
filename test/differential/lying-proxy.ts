import { connect, createServer, type Server, type Socket } from 'node:net';
import { parseReply } from '../support/resp-reply.ts';

/** Looks at a command and its reply and answers the reply to pass on. */
export type Lie = (args: readonly string[], reply: Buffer) => Buffer;

export interface LyingProxy {
  readonly port: number;
  close(): void;
}

/** A server that is another one but for a lie: what the differential tests must find. */
export function startLyingProxy(serverPort: number, lie: Lie): Promise<LyingProxy> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    relay(client, upstream, lie);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        close: () => {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

function relay(client: Socket, upstream: Socket, lie: Lie): void {
  const asked: string[][] = [];
  let requests: Buffer = Buffer.alloc(0);
  let replies: Buffer = Buffer.alloc(0);
  client.on('data', (chunk) => {
    requests = Buffer.concat([requests, chunk]);
    // A command is an array of bulk strings, so the reader of replies reads it too.
    for (let parsed = parseReply(requests); parsed; parsed = parseReply(requests)) {
      asked.push(parsed.reply.items.map((item) => item.text.toString('latin1')));
      requests = requests.subarray(parsed.end);
    }
    upstream.write(chunk);
  });
  upstream.on('data', (chunk) => {
    replies = Buffer.concat([replies, chunk]);
    for (let parsed = parseReply(replies); parsed; parsed = parseReply(replies)) {
      client.write(lie(asked.shift() ?? [], replies.subarray(0, parsed.end)));
      replies = replies.subarray(parsed.end);
    }
  });
}
