// Asks a server for a PONG; exit code 0 when it comes. For health checks where no redis-cli is installed.
// usage: node dist/tools/ping.js [host] [port]; defaults: STRATAKV_HOST or 127.0.0.1, STRATAKV_PORT or 6379
import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;

const [host = process.env.STRATAKV_HOST ?? '127.0.0.1', port = process.env.STRATAKV_PORT ?? '6379'] =
  process.argv.slice(2);

function end(message: string, code: number): never {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
}

const socket = connect(Number(port), host);
socket.setTimeout(TIMEOUT_MS, () => end(`no answer from ${host}:${port} within ${TIMEOUT_MS} ms`, 1));
socket.once('error', (error) => end(`cannot reach ${host}:${port}: ${error.message}`, 1));
socket.once('connect', () => socket.write('*1\r\n$4\r\nPING\r\n'));

let reply = '';
socket.on('data', (chunk) => {
  reply += chunk.toString('latin1');
  if (!reply.includes('\r\n')) return;
  const line = reply.slice(0, reply.indexOf('\r\n'));
  // A server that wants a password first is alive.
  if (line === '+PONG' || line.startsWith('-NOAUTH')) end(line.slice(1), 0);
  end(`unexpected answer: ${line}`, 1);
});
socket.once('close', () => end(`${host}:${port} closed the connection`, 1));
