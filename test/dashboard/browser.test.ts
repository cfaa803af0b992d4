import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { coloursOf, noBrowser, TestBrowser } from '../support/browser.ts';
import { freePort } from '../support/ports.ts';
import { TieredServer, until } from '../tiers/tiered-server.ts';
import { startDashboard } from './visit.ts';

const limits = { timeout: 180_000, skip: noBrowser };
const browser = new TestBrowser();
/** Where pictures go for people to look at, when they are asked for. */
const pictures = process.env.STRATAKV_PICTURES ?? '';

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === '') return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function withDashboard(args: readonly string[], body: (tiered: TieredServer, address: string) => Promise<void>) {
  const { tiered, port } = await startDashboard(args);
  try {
    await body(tiered, `http://127.0.0.1:${port}`);
  } finally {
    await tiered.stop();
  }
}

async function load(tiered: TieredServer): Promise<void> {
  const keys = Array.from({ length: 300 }, (_, n) => `user:${n}`);
  await tiered.pipeline(keys.map((key) => ['SET', key, 'v'.repeat(200)]));
  await tiered.call('TIER', 'DEMOTE', ...keys.slice(0, 200));
  await tiered.pipeline(Array.from({ length: 20_000 }, (_, n) => ['GET', `user:${n % 7}`]));
  await tiered.pipeline(Array.from({ length: 5000 }, () => ['GET', '<b>&"\u001b[31m\u202e漢字']));
  await tiered.call('SET', '<b>&"\u001b[31m\u202e漢字', 'v');
}

/** By keyboard alone. */
async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.locator('#user').fill(user);
  await page.locator('#user').press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}

const textOf = async (locator: Locator) => (await locator.textContent()) ?? '';

const live = (page: Page) => page.locator('#state.live').waitFor();

/** The charts have lines, which need two readings. */
const drawn = (page: Page) =>
  until('the charts are drawn', async () => {
    const labels = await page
      .locator('.plot:has(canvas)')
      .evaluateAll((plots) => plots.map((plot) => plot.getAttribute('aria-label') ?? ''));
    return labels.length === 4 && /between/.test(labels[0] ?? '');
  });

const overflow = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

for (const [width, colorScheme] of [
  [1280, 'light'],
  [380, 'dark'],
] as const) {
  test(`figures and charts, ${width} pixels wide, ${colorScheme}`, limits, async () => {
    await withDashboard([], async (tiered, address) => {
      await load(tiered);
      const { page, context, complaints, requests } = await browser.open(address, { width, colorScheme });
      await live(page);
      await drawn(page);
      await page.getByText('user:0', { exact: true }).waitFor();
      const text = await textOf(page.locator('main'));
      for (const word of [
        'Operations/s',
        'Hit ratio',
        'Tiers',
        'NVMe',
        'Threads',
        'Commands',
        'Hot keys',
        'Misses by size of RAM',
        'Keys by slot',
      ]) {
        assert.ok(text.includes(word), word);
      }
      assert.equal(await overflow(page), 0, 'nothing sticks out sideways');
      const colours = await coloursOf(page, '.plot');
      assert.equal(colours.length, 4);
      assert.ok(
        colours.every((count) => count > 2),
        `colours of the charts: ${colours}`,
      );
      const other = colorScheme === 'dark' ? 'light' : 'dark';
      for (const scheme of [colorScheme, other] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        assert.equal(background, scheme === 'dark' ? 'rgb(15, 21, 27)' : 'rgb(243, 245, 248)');
        await picture(page, `dashboard-${width}-${scheme}`);
      }
      assert.deepEqual(complaints, []);
      assert.ok(
        requests.length > 3 && requests.every((url) => url.startsWith(`${address}/`) || url === 'data:,'),
        requests.join(' '),
      );
      await context.close();
    });
  });
}

test(
  'logging in by keyboard, wrong passwords, too little permission, logging out, a user that is deleted',
  limits,
  async () => {
    const users = [
      '--requirepass',
      'hunter2',
      '--user',
      'looker',
      'on',
      '>hunter3',
      '+info',
      '--user',
      'none',
      'on',
      '>hunter4',
      '+get',
    ];
    await withDashboard(users, async (tiered, address) => {
      await tiered.call('AUTH', 'hunter2');
      await load(tiered);
      const { page, context, complaints, requests } = await browser.open(address, { width: 380 });
      await picture(page, 'dashboard-login');
      assert.equal(await overflow(page), 0);
      assert.ok(
        await page.locator('#password').evaluate((field) => field === field.ownerDocument.activeElement),
        'ready to type',
      );
      await logIn(page, 'default', 'hunter9');
      await page.getByRole('alert').waitFor();
      assert.match(await textOf(page.getByRole('alert')), /Wrong user or password/);
      // The browser tells of the status 401, as it should.
      assert.ok(
        complaints.every((text) => /401/.test(text)),
        complaints.join('\n'),
      );
      complaints.length = 0;

      await logIn(page, 'none', 'hunter4');
      await page.getByText('needs permission for INFO').waitFor();
      await page.getByRole('button', { name: /Log out/ }).press('Enter');
      await page.locator('#password').waitFor();

      await logIn(page, 'looker', 'hunter3');
      await live(page);
      await page.getByText('needs permission for TIER HOTKEYS').waitFor();
      assert.ok(!(await textOf(page.locator('main'))).includes('user:0'));
      await page.getByRole('button', { name: /Log out/ }).press('Enter');
      await page.locator('#password').waitFor();

      await logIn(page, 'default', 'hunter2');
      await live(page);
      // Every part can be reached by Tab, sorting and pausing work by keyboard.
      const reached = new Set<string>();
      for (let i = 0; i < 24; i++) {
        await page.keyboard.press('Tab');
        reached.add(
          String(
            await page.evaluate(
              `(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim().slice(0, 40)`,
            ),
          ),
        );
      }
      for (const name of [
        'To the figures',
        'Pause',
        'Log out default',
        'Tiers',
        'Commands',
        'p99',
        'Hot keys',
        'Threads',
      ]) {
        assert.ok(reached.has(name), `${name} among ${[...reached].join(', ')}`);
      }
      const p99 = page.getByRole('button', { name: 'p99', exact: true });
      await p99.focus();
      await p99.press('Enter');
      await page.locator('th[aria-sort="descending"]', { hasText: 'p99' }).waitFor();
      const name = page.locator('bdi.key', { hasText: '<b>' });
      await name.waitFor();
      assert.equal(await textOf(name), '<b>&"\\x1b[31m\\u{202e}漢字');
      assert.equal(await page.locator('main b').count(), 0, 'markup in names stays text');
      const pause = page.locator('#pause');
      await pause.press('Enter');
      await page.getByText('Paused').waitFor();
      await pause.press('Enter');
      await live(page);
      assert.deepEqual(complaints, []);
      assert.ok(requests.every((url) => url.startsWith(`${address}/`) || url === 'data:,'));
      assert.ok(requests.every((url) => !url.includes('hunter')));

      await tiered.call('CONFIG', 'SET', 'requirepass', 'hunter7');
      await page.locator('#password').waitFor();
      await context.close();
    });
  },
);

test('a server that goes away is told of, and comes back', limits, async () => {
  const port = await freePort();
  const args = ['--server-threads', '1', '--dashboard-port', String(port)];
  const first = await TieredServer.start(args);
  const { page, context } = await browser.open(`http://127.0.0.1:${port}`, { width: 800 });
  try {
    await live(page);
  } finally {
    await first.stop();
  }
  await page.getByText('Server not reachable; trying again').waitFor();
  const second = await TieredServer.start(args);
  try {
    await live(page);
    await context.close();
  } finally {
    await second.stop();
  }
});
