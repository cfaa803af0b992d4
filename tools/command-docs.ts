// Writes docs/COMMANDS.md from the command table.
// usage: node dist/tools/command-docs.js [file]; `-` prints it
import { writeFileSync } from 'node:fs';
import { commandsMarkdown } from '../engine/commands/markdown.ts';

const target = process.argv[2] ?? 'docs/COMMANDS.md';
if (target === '-') process.stdout.write(commandsMarkdown());
else writeFileSync(target, commandsMarkdown());
