import { CommandError } from '../commands/errors.ts';

/** A script's own error. */
export class ScriptError extends CommandError {}

/** An error that is in the statistics already: of a command that the script called. */
export class CountedError extends ScriptError {
  override readonly counted = true;
}

const refusal = (text: string): ScriptError => new ScriptError(text);

/** Texts of redis 7.0.15, each once. */
export const scriptErrors = {
  noScript: refusal('NOSCRIPT No matching script. Please use EVAL.'),
  notBusy: refusal('NOTBUSY No scripts in execution right now.'),
  unkillable: refusal(
    'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
  ),
  busyScript: refusal('BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'),
  busyFunction: refusal('BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.'),
  negativeKeys: refusal("ERR Number of keys can't be negative"),
  tooManyKeys: refusal("ERR Number of keys can't be greater than number of args"),
  readOnlyNeeded: refusal('ERR Can not execute a script with write flag using *_ro command.'),
  invalidShebang: refusal('ERR Invalid script shebang'),
  invalidEngine: refusal('ERR Invalid engine in script shebang'),
  noMemory: refusal('OOM there is no room for more scripts: SCRIPT FLUSH makes some'),
} as const;

/** Texts of what `redis.call` refuses, without a command having run. */
export const callErrors = {
  noArguments: 'ERR Please specify at least one argument for this redis lib call',
  argumentTypes: 'ERR Lua redis lib command arguments must be strings or integers',
  unknownCommand: 'ERR Unknown Redis command called from script',
  wrongArity: 'ERR Wrong number of args calling Redis command from script',
  notAllowed: 'ERR This Redis command is not allowed from script',
  readOnly: 'ERR Write commands are not allowed from read-only scripts.',
  invalidForAcl: 'ERR Invalid command passed to redis.acl_check_cmd()',
} as const;
