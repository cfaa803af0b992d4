/** Why a rule is refused: the texts of redis 7.0.15 (ACLSetUserStringError). */
export const ruleErrors = {
  syntax: 'Syntax error',
  unknown: 'Unknown command or category name in ACL',
  afterAllKeys:
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
  afterAllChannels:
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
  noSuchPassword: 'The password you are trying to remove from the user does not exist',
  badHash: 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  firstArgOfSubcommand: 'Allowing first-arg of a subcommand is not supported',
  duplicateUser: 'Duplicate user found. A user can only be defined once in config files',
} as const;

export type RuleError = (typeof ruleErrors)[keyof typeof ruleErrors];

/** Whether a name or pattern has a blank (C's isspace) or a NUL, which rules could not be written and read back with. */
export function hasBlank(text: string): boolean {
  return /[\0\t-\r ]/.test(text);
}
