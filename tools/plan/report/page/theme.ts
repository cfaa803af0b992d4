import { element } from './dom.ts';

type Theme = 'light' | 'dark';

const listeners: (() => void)[] = [];
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

/** Calls back whenever the page's colours have changed: canvases do not follow by themselves. */
export function onThemeChange(listener: () => void): void {
  listeners.push(listener);
}

/** A colour of the style sheet, as it is now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function current(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return prefersDark.matches ? 'dark' : 'light';
}

function changed(): void {
  for (const listener of listeners) listener();
}

/** The button that turns the colours over; without it the page follows the reader's system. */
export function themeButton(): HTMLElement {
  const button = element('button', { type: 'button', id: 'theme' });
  const show = () => {
    button.textContent = current() === 'dark' ? 'Light colours' : 'Dark colours';
  };
  button.addEventListener('click', () => {
    document.documentElement.dataset.theme = current() === 'dark' ? 'light' : 'dark';
    show();
    changed();
  });
  prefersDark.addEventListener('change', () => {
    show();
    changed();
  });
  show();
  return button;
}
