import type { CommandSpec } from '../spec.ts';
import { auth } from './auth.ts';
import { echo, ping, quit, reset, select } from './basic.ts';
import { client } from './client.ts';
import { hello } from './hello.ts';

/** Commands about the connection that sends them, and about others. */
export const connectionCommands: readonly CommandSpec[] = [auth, client, echo, hello, ping, quit, reset, select];
