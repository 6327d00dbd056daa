/** A headless Chromium that opens the page of a running `sampan up`, and keeps pictures of what it shows. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { hasProgram, type SampanProcess } from '../e2e/sampan-process.ts';
import { root } from '../source-tree.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const VIEWPORT = { width: 1280, height: 800 };

/** Where pictures are kept: looked at by people, never compared by pixels. */
export const PICTURES = path.join(root, 'test-output', 'screenshots');

export const chromiumProgram = PROGRAMS.find(hasProgram);

/** A browser with a fresh profile of its own. */
export async function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  const program = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, chromiumProgram ?? ''))
    .find((file) => fs.existsSync(file));
  if (program === undefined) throw new Error(`none of ${PROGRAMS.join(', ')} is installed`);
  return chromium.launch({
    executablePath: program,
    headless: true,
    args: [...FLAGS, ...flags],
    env: { ...process.env, HOME: os.tmpdir() },
  });
}

/** The address in the ready line, which lets one browser in. */
export function addressOf(sampan: SampanProcess): string {
  const address = /look at (http:\/\/\S+)/.exec(sampan.stdout)?.[1];
  if (address === undefined) throw new Error(`no address in: ${sampan.stdout}`);
  return address;
}

export interface Look {
  readonly view?: string;
  readonly theme?: 'light' | 'dark';
  readonly language?: 'en' | 'vi';
}

/** A page of the cluster that is open, has been told everything, and shows no error. */
export async function openPage(
  browser: Browser,
  address: string,
  { view = 'nodes', theme = 'light', language = 'en' }: Look = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: VIEWPORT,
    colorScheme: theme,
    locale: language === 'vi' ? 'vi-VN' : 'en-GB',
  });
  const page = await context.newPage();
  await page.goto(`${address}#${view}`);
  await page
    .locator('.facts')
    .getByText(/\d+\/\d+/)
    .first()
    .waitFor();
  return page;
}

export async function keepPicture(page: Page, name: string): Promise<void> {
  fs.mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
}
