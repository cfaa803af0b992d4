import { after } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { PATIENCE_MS } from './patience.ts';
import { findProgram, missingPrograms } from './programs.ts';

/** Why tests of pages cannot run here; false when they can. For `{ skip: noBrowser }`. */
export const noBrowser: string | false = missingPrograms({ chromium: 'chromium' });

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Look {
  readonly width: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A page in a browser of its own kind, and all that it complained of or asked for. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings on the console, and what was thrown and not caught. */
  readonly complaints: string[];
  /** Addresses that were asked for, the page itself included. */
  readonly requests: string[];
}

/** The browser of a test file, started when first asked for, with an empty profile that goes with it. */
export class TestBrowser {
  #browser: Promise<Browser> | undefined;

  constructor() {
    after(async () => {
      await (await this.#browser)?.close();
    });
  }

  async open(address: string, look: Look): Promise<WatchedPage> {
    this.#browser ??= chromium.launch({ executablePath: findProgram('chromium') ?? '', args, timeout: PATIENCE_MS });
    const browser = await this.#browser;
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.height ?? 900 },
      colorScheme: look.colorScheme ?? 'light',
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(address, { timeout: PATIENCE_MS });
    return { page, context, complaints, requests };
  }
}

/** How many different colours each canvas below `selector` shows: 1 when nothing was drawn. To be asked once per page: Chromium complains of more. */
export function coloursOf(page: Page, selector: string): Promise<number[]> {
  return page.locator(`${selector} canvas`).evaluateAll((canvases) =>
    canvases.map((canvas) => {
      const { width, height } = canvas as unknown as { width: number; height: number };
      const context = (
        canvas as unknown as {
          getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
        }
      ).getContext('2d');
      const { data } = context.getImageData(0, 0, width, height);
      const seen = new Set<number>();
      for (let at = 0; at < data.length; at += 4)
        seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
      return seen.size;
    }),
  );
}
