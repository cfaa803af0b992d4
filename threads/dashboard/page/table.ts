import { card, el } from './dom.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Node | string;
  /** Figures stand to the right. */
  readonly text?: boolean;
  /** How to sort by it; the largest first. */
  readonly order?: (a: Row, b: Row) => number;
}

/** A table whose rows come anew and whose heading stays, so that the keyboard's focus does. */
export class LiveTable<Row> {
  readonly element: HTMLElement;
  private readonly columns: readonly Column<Row>[];
  private readonly body = el('tbody');
  private readonly note = el('p', { class: 'soft' });
  private readonly headings: readonly HTMLElement[];
  private sortedBy: Column<Row> | undefined;
  private rows: readonly Row[] = [];

  constructor(title: string, columns: readonly Column<Row>[], className = '') {
    this.columns = columns;
    this.sortedBy = columns.find(({ order }) => order !== undefined);
    this.headings = columns.map((column) => this.heading(column));
    // On a narrow screen it scrolls sideways by itself, by keyboard too.
    const scroller = el('div', { class: 'scroll', role: 'region', 'aria-label': title, tabindex: '0' });
    scroller.append(el('table', {}, el('thead', {}, el('tr', {}, ...this.headings)), this.body));
    this.element = card(title, className, scroller, this.note);
  }

  /** @param note instead of rows, or why there are none */
  show(rows: readonly Row[] | null, note = ''): void {
    this.rows = rows ?? [];
    this.note.textContent = note;
    this.note.hidden = note === '';
    this.draw();
  }

  private draw(): void {
    const order = this.sortedBy?.order;
    const sorted = order === undefined ? this.rows : [...this.rows].sort(order);
    this.columns.forEach((column, at) => {
      if (column.order !== undefined)
        this.headings[at]?.setAttribute('aria-sort', column === this.sortedBy ? 'descending' : 'none');
    });
    this.body.replaceChildren(
      ...sorted.map((row) =>
        el(
          'tr',
          {},
          ...this.columns.map(({ cell, text }, at) =>
            at === 0
              ? el('th', { scope: 'row' }, cell(row))
              : el('td', text === true ? { class: 'text' } : {}, cell(row)),
          ),
        ),
      ),
    );
  }

  private heading(column: Column<Row>): HTMLElement {
    const { title, order, text } = column;
    const attributes = { scope: 'col', ...(text === true ? { class: 'text' } : {}) };
    if (order === undefined) return el('th', attributes, title);
    const button = el('button', { type: 'button', class: 'sort' }, title);
    button.addEventListener('click', () => {
      this.sortedBy = column;
      this.draw();
    });
    return el('th', attributes, button);
  }
}
