type Child = Node | string;

/** An element with attributes and children. Text is always text, never markup. */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** Changes the text only when it is another: selections stay, and what reads aloud is not disturbed. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

let cards = 0;

/** A titled part of the page. */
export function card(title: string, className: string, ...children: Child[]): HTMLElement {
  const id = `card-${++cards}`;
  return el('section', { class: `card ${className}`, 'aria-labelledby': id }, el('h2', { id }, title), ...children);
}

/** A bar that is as long as a share; the figure stands beside it as text. */
export function bar(share: number, tone = ''): HTMLElement {
  const inner = el('span');
  inner.style.width = `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`;
  return el('span', { class: `bar ${tone}`, 'aria-hidden': 'true' }, inner);
}
