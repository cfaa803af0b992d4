import type { TLSSocket, TlsOptions } from 'node:tls';
import type { AclFileText } from '../../engine/acl/start.ts';
import { CommandError } from '../../engine/commands/errors.ts';
import type { Config } from '../../engine/config/config.ts';
import { tlsServerOptions } from '../front-end/tls/options.ts';
import { FileWatch } from '../front-end/tls/rotation.ts';
import { checkPair, contextDirectives, refusalOf } from '../front-end/tls/terminator.ts';
import { sideAddresses } from '../side-port.ts';
import { Feed } from './feed.ts';
import { HttpServer } from './http-server.ts';
import { type ReadingParts, Readings } from './readings.ts';
import { Site } from './site.ts';
import { DashboardUsers } from './users.ts';

export interface DashboardParts extends Omit<ReadingParts, 'onProblem'> {
  readonly aclFile: AclFileText;
  readonly log: (text: string) => void;
}

export interface Dashboard {
  /** Is to be told of every change of users. */
  readonly users: DashboardUsers;
}

/** Opens `dashboard-port`. Rejects with a line for the operator. */
export async function startDashboard(parts: DashboardParts): Promise<Dashboard> {
  const { config, aclFile, log, shared } = parts;
  const { values } = config;
  const users = new DashboardUsers(config, aclFile);
  const onProblem = (error: unknown) => {
    // The store says that it cannot, which its own log line and the figures tell; anything else is a mistake here.
    if (!(error instanceof CommandError)) throw error;
  };
  const readings = new Readings({ ...parts, onProblem });
  const feed = new Feed(
    () => readings.read(),
    (error) => log(`Dashboard: no figures: ${error instanceof Error ? error.stack : String(error)}`),
  );
  const secure = values['tls-port'] !== 0;
  const tls = () => tlsOptions(config, Buffer.from(new Uint8Array(shared.tlsTicketKeys)));
  const port = values['dashboard-port'];
  const site = new Site({ users, feed, port, secure, log });
  const server = new HttpServer({
    addresses: sideAddresses(values.bind),
    port,
    tls: secure ? tls() : undefined,
    refusal: (socket) => refusal(config, socket),
    allowsRemote: () => !config.values['protected-mode'] || !users.needsNoPassword,
    serve: (request, response) => void site.serve(request, response),
    log,
  });
  await server.listen();
  if (secure) followCertificates(config, server, tls, log);
  return { users };
}

/** What the handshake asks for is fixed at the start: where certificates are demanded since, who has none is turned away here. */
function refusal({ values }: Config, socket: TLSSocket): string | undefined {
  const demand = values['tls-auth-clients'];
  if (demand === 'yes' && !socket.authorized) return 'the client has no valid certificate';
  return refusalOf(socket, demand, values['tls-allowlist']);
}

function tlsOptions(config: Config, ticketKeys: Buffer): TlsOptions {
  const options = tlsServerOptions(config.values, ticketKeys);
  checkPair(options);
  return options;
}

/** CONFIG SET and `tls-rotation`: what the front-ends refuse changes nothing here either. */
function followCertificates(
  config: Config,
  server: HttpServer,
  tls: () => TlsOptions,
  log: (text: string) => void,
): void {
  const renew = (): void => {
    try {
      server.setTls(tls());
    } catch (error) {
      log(`Dashboard: the certificate stays as it was: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const name of contextDirectives) {
    config.onChange(name, () => {
      renew();
      return undefined;
    });
  }
  new FileWatch(config, renew);
}
