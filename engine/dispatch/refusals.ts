import type { Request } from '../../protocol/resp/request.ts';
import { CommandError, untilNul } from '../commands/errors.ts';

/** Redis prints at most 128 bytes of the name, and of the arguments together (redis 7.0.15, commandCheckExistence). */
const shownBytes = 128;

/**
 * Whether it is a line of an HTTP request: a browser that was made to send commands in its body. Redis hangs up on `POST` and `Host:`
 * (CVE-2016-10517).
 */
export function isWebRequest(request: Request): boolean {
  return request.is(0, 'post') || request.is(0, 'host:');
}

/** `ERR unknown command 'x', with args beginning with: 'a' 'b' `. */
export function unknownCommand(request: Request): CommandError {
  let args = '';
  for (let i = 1; i < request.count && args.length < shownBytes; i++) {
    args += `'${untilNul(request.latin1(i)).slice(0, shownBytes - args.length)}' `;
  }
  const name = untilNul(request.latin1(0)).slice(0, shownBytes);
  return new CommandError(oneLine(`ERR unknown command '${name}', with args beginning with: ${args}`));
}

/** `ERR unknown subcommand 'x'. Try CLIENT HELP.`; the container is printed as the client wrote it, in capitals. */
export function unknownSubcommand(request: Request): CommandError {
  const sub = untilNul(request.latin1(1)).slice(0, shownBytes);
  const container = untilNul(request.latin1(0)).toUpperCase();
  return new CommandError(oneLine(`ERR unknown subcommand '${sub}'. Try ${container} HELP.`));
}

/** DEBUG while `enable-debug-command` forbids it. */
export function protectedCommand(command: string, directive: string): CommandError {
  return new CommandError(
    `ERR ${command} command not allowed. If the ${directive} option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.`,
  );
}

/** EXEC was refused for the reason that one of its commands would be. */
export function execAborted(reason: CommandError): CommandError {
  return new CommandError(`EXECABORT Transaction discarded because of: ${reason.message}`);
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

/** Of a RESP2 client with subscriptions (redis 7.0.15, processCommand). */
export function whileSubscribed(fullName: string): CommandError {
  return new CommandError(
    `ERR Can't execute '${fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  );
}
