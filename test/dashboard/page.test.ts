/** The page in a real browser, on a real cluster: what a teacher does with it in front of a class. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, SampanProcess } from '../e2e/sampan-process.ts';
import { addressOf, chromiumProgram, keepPicture, openPage, startBrowser } from './browser.ts';

const FLAGS = [
  '--members=3',
  '--nodes=3',
  '--store-port=0',
  '--dashboard-port=0',
  '--no-addons',
  '--node-monitor-grace-period=3s',
  '--default-not-ready-toleration-seconds=1',
  '--default-unreachable-toleration-seconds=1',
];

describe.skipIf(chromiumProgram === undefined)('the page (needs chromium)', { timeout: 90_000 }, () => {
  let sampan: SampanProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [sampan, browser] = await Promise.all([SampanProcess.start('up', FLAGS), startBrowser()]);
    page = await openPage(browser, addressOf(sampan));
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await sampan?.stop();
  });

  it('creates a deployment and shows its pods appear', async () => {
    await page.getByRole('button', { name: 'New deployment' }).click();
    await page.getByLabel('Name', { exact: true }).fill('web');
    await page.getByLabel('Replicas', { exact: true }).fill('6');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await eventually(
      'six pods run on the page',
      async () => (await page.locator('.pod-line.is-running').count()) === 6,
    );
    const shown = await page
      .locator('.pod-line')
      .evaluateAll((lines) => lines.map((line) => line.getAttribute('data-pod')));
    const { items } = await sampan.json<{ items: { metadata: { namespace: string; name: string } }[] }>(
      '/api/v1/namespaces/default/pods',
    );
    expect(shown.sort()).toEqual(items.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`).sort());
    await keepPicture(page, 'nodes-with-pods');
  });
});
