import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import type { Plan } from '../../tools/plan/plan.ts';
import { examplePlan } from '../../tools/plan/report/fixture.ts';
import { htmlReport } from '../../tools/plan/report/html.ts';
import { coloursOf, type Look, noBrowser, TestBrowser, type WatchedPage } from '../support/browser.ts';
import { PATIENCE_MS } from '../support/patience.ts';

/** STRATAKV_SCREENSHOTS names a folder for pictures of what was tested, to be looked at. */
const screenshots = process.env.STRATAKV_SCREENSHOTS;

const folder = mkdtempSync(join(tmpdir(), 'stratakv-report-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const browser = new TestBrowser();

async function open(name: string, plan: Plan, look: Look): Promise<WatchedPage> {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, htmlReport(plan));
  return await browser.open(pathToFileURL(file).href, look);
}

async function leave(name: string, { page, context, complaints, requests }: WatchedPage): Promise<void> {
  if (screenshots !== undefined) {
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  }
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    requests.filter((address) => !address.startsWith('data:')),
    [pathToFileURL(join(folder, `${name}.html`)).href],
  );
  await context.close();
}

const overflow = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
const background = (page: Page) => page.evaluate('getComputedStyle(document.body).backgroundColor');

test('charts are drawn, in light and in dark, and the button turns them over', { skip: noBrowser }, async () => {
  const seen: unknown[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    const watched = await open(`wide-${colorScheme}`, examplePlan(), { width: 1200, colorScheme });
    const { page } = watched;
    for (const chart of ['#curves', '#sizes', '#reuse', '#working-set'])
      for (const colours of await coloursOf(page, chart)) assert.ok(colours > 10, `${chart}: ${colours} colours`);
    assert.equal(await page.locator('canvas').count(), 4);
    seen.push(await background(page));
    assert.equal(await overflow(page), 0);
    await leave(`wide-${colorScheme}`, watched);
  }
  assert.notEqual(seen[0], seen[1]);
  const turned = await open('turned', examplePlan(), { width: 800, colorScheme: 'light' });
  await turned.page.getByRole('button', { name: 'Dark colours' }).press('Enter');
  assert.equal(await background(turned.page), seen[1]);
  await turned.page.getByRole('button', { name: 'Light colours' }).press('Space');
  assert.equal(await background(turned.page), seen[0]);
  await leave('turned', turned);
});

test('at 380 pixels the page does not scroll sideways, nor with everything unfolded', { skip: noBrowser }, async () => {
  const watched = await open('phone', examplePlan(), { width: 380, height: 800, colorScheme: 'dark' });
  const { page } = watched;
  assert.equal(await overflow(page), 0);
  for (const summary of await page.locator('summary').all()) await summary.press('Enter');
  assert.equal(await page.locator('details[open]').count(), 5);
  assert.equal(await overflow(page), 0);
  const small = await page.evaluate(
    `[...document.querySelectorAll('p, td, th, dd, dt, label, button')].filter((one) => parseFloat(getComputedStyle(one).fontSize) < 13).length`,
  );
  assert.equal(small, 0);
  await leave('phone', watched);
});

test('the keyboard reaches everything, in the order of the page', { skip: noBrowser }, async () => {
  const watched = await open('keyboard', examplePlan(), { width: 1000 });
  const { page } = watched;
  const order: unknown[] = [];
  for (let step = 0; step < 40; step++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(
      `(() => { const one = document.activeElement; return one === document.body ? '' : one.id || one.closest('[id]').id + ' ' + one.tagName.toLowerCase() + '.' + (one.type ?? one.className); })()`,
    );
    if (at === '' || order[0] === at) break;
    order.push(at);
  }
  assert.deepEqual(order, [
    'theme',
    'metric',
    'table button.button',
    'table summary.',
    ...Array(4).fill('curves input.checkbox'),
    'curves div.plot',
    'curves summary.',
    'sizes div.plot',
    'sizes summary.',
    'reuse div.plot',
    'reuse summary.',
    'working-set div.plot',
    'working-set summary.',
  ]);

  // Configurations: the arrows move, Enter and space choose.
  const shown = page.locator('#configuration h3');
  assert.equal(await shown.textContent(), '8 GB of RAM, 80 GB of NVMe');
  await page.locator('.heat button[aria-pressed=true]').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  assert.equal(await shown.textContent(), '4 GB of RAM, 40 GB of NVMe');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  assert.equal(await shown.textContent(), '8 GB of RAM, 40 GB of NVMe');
  assert.match((await page.locator('#configuration').textContent()) ?? '', /✕ too few reads are answered/);

  // Charts: the arrows read values.
  await page.locator('#curves .plot').focus();
  await page.keyboard.press('Home');
  const values = page.locator('#curves .values');
  await values.getByText('RAM 64MB').waitFor();
  await page.keyboard.press('End');
  await values.getByText('RAM 64GB').waitFor();
  assert.match((await values.textContent()) ?? '', /StrataKV \d+\.\d % ± \d+\.\d %.*LRU.*Bélady/);
  await leave('keyboard', watched);
});

test('policies are toggled, and another figure colours the table', { skip: noBrowser }, async () => {
  const watched = await open('toggles', examplePlan(), { width: 1000 });
  const { page } = watched;
  const picture = () => page.locator('#curves .plot').screenshot();
  const changes = async (before: Buffer) => {
    const deadline = Date.now() + PATIENCE_MS;
    while ((await picture()).equals(before)) assert.ok(Date.now() < deadline, 'the picture stays as it was');
  };
  const all = await picture();
  await page.getByRole('checkbox', { name: 'LRU' }).press('Space');
  await changes(all);
  const three = await picture();
  await page.getByRole('checkbox', { name: 'StrataKV' }).uncheck();
  await changes(three);
  assert.equal(await page.locator('#curves .toggles input:checked').count(), 2);
  const first = page.locator('.heat button').first();
  assert.equal(await first.textContent(), '✕ 2 814 USD');
  await page.getByLabel('Coloured by').selectOption({ label: 'p99 latency' });
  assert.equal(await first.textContent(), '✕ 33.6 ms');
  await page.getByLabel('Coloured by').selectOption({ label: 'Drive life' });
  assert.equal(await first.textContent(), '✕ -');
  assert.equal(await page.locator('.heat .answer').count(), 1);
  assert.equal(await page.locator('.heat .broken').count(), 23);
  await leave('toggles', watched);
});

test('names are text and nothing else', { skip: noBrowser }, async () => {
  const evil = `</script><script>throw new Error('ran')</script><img src="http://192.0.2.1/x" onerror="document.title='ran'"><!--`;
  const plan = examplePlan();
  const watched = await open(
    'evil',
    {
      ...plan,
      source: { kind: 'trace', name: evil },
      device: { ...plan.device, name: evil },
      prices: { ...plan.prices, currency: evil },
      answer: { kind: 'impossible', binding: 'latency', why: evil },
    },
    { width: 380 },
  );
  const { page } = watched;
  assert.ok(((await page.locator('header').textContent()) ?? '').startsWith(`Capacity plan${evil}`));
  assert.equal(await page.title(), 'Capacity plan');
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await overflow(page), 0);
  await leave('evil', watched);
});

test('a plan of one cell, without curves, times, NVMe', { skip: noBrowser }, async () => {
  const plan = examplePlan();
  const bare: Plan = {
    ...plan,
    curves: [],
    cells: plan.cells.slice(0, 1),
    facts: { ...plan.facts, valueSizes: [], reuseRequests: [], reuseSeconds: [], workingSet: [] },
    answer: { kind: 'impossible', binding: 'hit-ratio', why: 'RAM of 1 GB answers 68 % of the reads.' },
  };
  const watched = await open('bare', bare, { width: 600 });
  assert.match((await watched.page.locator('#answer').textContent()) ?? '', /No configuration meets the target/);
  assert.equal(await watched.page.locator('canvas').count(), 0);
  await leave('bare', watched);
});

test('the page allows itself nothing but what it carries, and has no handlers in its markup', () => {
  const page = htmlReport(examplePlan());
  assert.match(page, /default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]+'; style-src 'sha256-/);
  assert.doesNotMatch(page, /unsafe|<[a-z]+[^>]* on[a-z]+=|<(?:script|link)[^>]*(?:src|href)="(?!data:)/);
});
