/**
 * `npm run tour`: takes the pictures of `docs/tour.md` from a running page. What they show is a real cluster that the
 * script starts, breaks and mends; run it again when the page looks different.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { eventually, SampanProcess } from '../e2e/sampan-process.ts';
import { root } from '../source-tree.ts';
import { addressOf, openPage, startBrowser } from './browser.ts';

const FLAGS = [
  '--members=3',
  '--nodes=3',
  '--store-port=0',
  '--dashboard-port=0',
  '--node-monitor-grace-period=4s',
  '--default-not-ready-toleration-seconds=2',
  '--default-unreachable-toleration-seconds=2',
];
const FOLDER = path.join(root, 'docs', 'pictures');
const BYTES_MAX = 200_000;

async function picture(page: Page, name: string): Promise<void> {
  const file = path.join(FOLDER, `${name}.png`);
  await page.screenshot({ path: file });
  const { size } = fs.statSync(file);
  if (size > BYTES_MAX) throw new Error(`${file} has ${size} bytes, more than ${BYTES_MAX}`);
  process.stdout.write(`${path.relative(root, file)} ${Math.round(size / 1000)} kB\n`);
}

const count = (page: Page, selector: string) => page.locator(selector).count();

async function takePictures(page: Page): Promise<void> {
  await page.keyboard.press('n');
  await page.getByLabel('Name', { exact: true }).fill('web');
  await page.getByLabel('Replicas', { exact: true }).fill('9');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await eventually('nine pods run', async () => (await count(page, '[data-pod^="default/web"].is-running')) === 9);
  await page.locator('.toast').waitFor({ state: 'detached' });
  await picture(page, 'nodes');

  await page.keyboard.press('5');
  await page.locator('.recent-line', { hasText: /^deployments\s*web/ }).click();
  await page.locator('.trace-row', { hasText: 'kubelet' }).first().waitFor();
  await picture(page, 'request');

  await page.keyboard.press('3');
  await page.getByRole('button', { name: 'One more: web' }).click();
  await page.locator('[data-workload="default/web"]').getByText('10 wanted').waitFor();
  await picture(page, 'reconcile');

  await page.keyboard.press('2');
  for (const key of ['/registry/deployments/', '/registry/deployments/default/', '/registry/deployments/default/web']) {
    await page.locator(`[data-key="${key}"]`).click();
  }
  await page.locator('.differences li').first().waitFor();
  await picture(page, 'keys');

  await page.keyboard.press('4');
  await page.locator('[data-node="node-2"]').getByRole('button', { name: 'Crash' }).click();
  await page.locator('[data-node="node-2"]').getByText('silent').waitFor();
  await eventually('the others have ten', async () => {
    const [one, three] = await Promise.all(
      ['node-1', 'node-3'].map((node) => count(page, `[data-node="${node}"] [data-pod^="default/web"].is-running`)),
    );
    return (one ?? 0) + (three ?? 0) === 10;
  });
  await picture(page, 'crash');
  await page.locator('[data-node="node-2"]').getByRole('button', { name: 'Heal' }).click();

  await page.keyboard.press('1');
  const leader = await page.locator('[data-look="leader"]').getAttribute('data-member');
  await page.locator(`[data-member="${leader}"]`).getByRole('button', { name: 'Crash' }).click();
  await eventually('another leads', async () => {
    const now = await page.locator('[data-look="leader"]').getAttribute('data-member');
    return now !== null && now !== leader;
  });
  await picture(page, 'election');
  await page.locator(`[data-member="${leader}"]`).getByRole('button', { name: 'Heal' }).click();

  await page.keyboard.press(' ');
  await page.keyboard.press('4');
  await eventually('the node is silent again', async () => {
    await page.getByRole('slider').press('ArrowLeft');
    return (await page.locator('[data-node="node-2"]').getByText('silent').count()) === 1;
  });
  await picture(page, 'time');
  await page.keyboard.press('End');

  await page.keyboard.press('l');
  await page.keyboard.press('t');
  await page.keyboard.press('6');
  await page.locator('.lesson').first().waitFor();
  await picture(page, 'lessons');
}

fs.mkdirSync(FOLDER, { recursive: true });
const [sampan, browser] = await Promise.all([SampanProcess.start('up', FLAGS), startBrowser()]);
try {
  const page = await openPage(browser, addressOf(sampan));
  page.setDefaultTimeout(30_000);
  await page.setViewportSize({ width: 1200, height: 750 });
  await takePictures(page);
} finally {
  await browser.close();
  await sampan.stop();
}
