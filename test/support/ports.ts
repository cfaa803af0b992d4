import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Below what Linux takes for the near end of outgoing connections (32768 and up), so that no client of another test sits on the port
 * between the question and the server's start; above the ports that services have.
 */
const FIRST_PORT = 10_000;
const PORTS = 22_000;
const ATTEMPTS = 1_000;

/** Held until this process ends. */
const marks: Socket[] = [];

/**
 * A TCP port of 127.0.0.1 that nobody listens on and that no other process gets from here while this one runs. Test files run side by
 * side, and a server listens long after its port was found free; so a UDP socket of the same number, which is in nobody's way and goes
 * with the process, marks it as taken. Rejects when no port is free.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if ((await isFree(port)) && (await mark(port))) return port;
  }
  throw new Error(`no free port among ${ATTEMPTS} between ${FIRST_PORT} and ${FIRST_PORT + PORTS}`);
}

/** On all addresses, since some servers listen on all. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

function mark(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      marks.push(socket.unref());
      resolve(true);
    });
  });
}
