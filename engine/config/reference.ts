import type { AnyDirective } from './directive.ts';
import { areas } from './directives.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');
const code = (text: string) => (text === '' ? '`""`' : `\`${cell(text)}\``);

function row(name: string, directive: AnyDirective): readonly string[] {
  const names = directive.alias === undefined ? code(name) : `${code(name)}, ${code(directive.alias)}`;
  const initial = directive.defaultNote ?? directive.default;
  const settable = directive.immutable ? 'no' : directive.guarded ? 'guarded' : 'yes';
  const effect = directive.later === undefined ? 'in' : `accepted (${directive.later})`;
  return [names, code(initial), settable, effect, cell(`${directive.about} (${directive.kind})`)];
}

/** A Markdown table whose columns line up, as the formatter wants it. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(rows[0] ?? []), line(widths.map((width) => '-'.repeat(width))), ...rows.slice(1).map(line)];
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
    '- **at run time**: `CONFIG SET` takes it; _guarded_ ones only with `enable-protected-configs`.',
    '- **effect**: _in_ means that it does what it says; _accepted_ that it is read, checked, shown and kept, so that an existing',
    '  file loads, but changes nothing yet; in brackets the part of the server it waits for, or that it has no meaning here.',
    '- Memory takes `b`, `k`, `kb`, `m`, `mb`, `g`, `gb`: `k` is 1000, `kb` is 1024.',
    '- Beside the directives, files know `include` (with `*`, `?`, `[...]`), `rename-command` and `user`. `loadmodule` is refused.',
    '',
  ];
  for (const [title, room] of areas) {
    const shown = Object.entries(room).filter(([, directive]) => !directive.hidden);
    const rows = [
      ['name', 'default', 'at run time', 'effect', 'what'],
      ...shown.map(([name, directive]) => row(name, directive)),
    ];
    parts.push(`## ${title}`, '', ...table(rows), '');
  }
  return parts.join('\n');
}
