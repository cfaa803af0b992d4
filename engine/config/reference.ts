import type { AnyDirective } from './directive.ts';
import { areas } from './directives.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');
const code = (text: string) => (text === '' ? '`""`' : `\`${cell(text)}\``);

function row(name: string, directive: AnyDirective): string {
  const names = directive.alias === undefined ? code(name) : `${code(name)}, ${code(directive.alias)}`;
  const initial = directive.defaultNote ?? directive.default;
  const settable = directive.immutable ? 'no' : directive.guarded ? 'guarded' : 'yes';
  const effect = directive.later === undefined ? 'in' : `accepted (${directive.later})`;
  return `| ${names} | ${code(initial)} | ${settable} | ${effect} | ${cell(directive.about)} ${cell(`(${directive.kind})`)} |`;
}

/** The text of docs/CONFIGURATION.md, from the table of directives. */
export function configurationReference(): string {
  const parts = [
    '# Configuration',
    '',
    '<!-- Generated: node dist/tools/config-docs.js > docs/CONFIGURATION.md -->',
    '',
    'Directives stand in a file (`npm start -- my.conf`), on the command line (`--port 7000`), on standard input (`-`), and,',
    'where the table says so, in `CONFIG SET`. Later ones win. `stratakv.conf` is a short sample.',
    '',
    '- **at run time**: `CONFIG SET` takes it; *guarded* ones only with `enable-protected-configs`.',
    '- **effect**: *in* means that it does what it says; *accepted* that it is read, checked, shown and kept, so that an existing',
    '  file loads, but changes nothing yet; in brackets the part of the server it waits for, or that it has no meaning here.',
    '- Memory takes `b`, `k`, `kb`, `m`, `mb`, `g`, `gb`: `k` is 1000, `kb` is 1024.',
    '- Beside the directives, files know `include` (with `*`, `?`, `[...]`), `rename-command` and `user`. `loadmodule` is refused.',
    '',
  ];
  for (const [title, table] of areas) {
    parts.push(
      `## ${title}`,
      '',
      '| name | default | at run time | effect | what |',
      '| --- | --- | --- | --- | --- |',
    );
    for (const [name, directive] of Object.entries(table)) if (!directive.hidden) parts.push(row(name, directive));
    parts.push('');
  }
  return parts.join('\n');
}
