type Child = Node | string;

/** An element with attributes and children. Text is only ever set as text, so nothing in a plan can become markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A part of the page with its heading, which gives it its name. */
export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  const heading = element('h2', { id: `${id}-title` }, title);
  return element('section', { id, 'aria-labelledby': heading.id }, heading, ...children);
}

/** A table that scrolls within itself where it is too wide; the keyboard reaches it for that. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const cells = (row: readonly string[]) =>
    row.map((value, index) => (index === 0 ? element('th', { scope: 'row' }, value) : element('td', {}, value)));
  const made = element(
    'table',
    { class: 'figures' },
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...head.map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...cells(row)))),
  );
  return element('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': caption }, made);
}

/** The same figures as a chart has, for those who do not see it: closed until asked for. */
export function asTable(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  return element('details', {}, element('summary', {}, `${caption} as a table`), table(caption, head, rows));
}

/** Names and values, one below the other. */
export function pairs(values: readonly (readonly [string, string])[]): HTMLElement {
  return element(
    'dl',
    { class: 'pairs' },
    ...values.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, unbroken(value)))),
  );
}

/** A figure stays with its unit. */
function unbroken(value: string): string {
  return value.replace(/(?<=\d) (?=%|[A-Za-z]|\d{3}\b)/g, '\u00a0');
}
