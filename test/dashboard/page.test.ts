/** The page in a real browser, on a real cluster: what a teacher does with it in front of a class. */
import fs from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
const VIEWS = ['store', 'keys', 'reconcile', 'nodes', 'request', 'lessons'] as const;

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly nodeName?: string };
}

describe.skipIf(chromiumProgram === undefined)('the page (needs chromium)', { timeout: 180_000 }, () => {
  let sampan: SampanProcess;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  const pods = async (): Promise<readonly Pod[]> =>
    (await sampan.json<{ items: Pod[] }>('/api/v1/namespaces/default/pods')).items;
  const running = (node: string) => page.locator(`[data-node="${node}"] .pod-line.is-running`).count();
  /** While one takes over from another the page may show both, or none. */
  const leaders = () =>
    page
      .locator('.member-card[data-look="leader"]')
      .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-member') ?? ''));
  const leaderBeside = async (former: string): Promise<string> => {
    let found = '';
    await eventually(
      'one leads',
      async () => {
        const [only = '', ...others] = await leaders();
        if (only !== '' && only !== former && others.length === 0) found = only;
        return found !== '';
      },
      40_000,
    );
    return found;
  };

  beforeAll(async () => {
    [sampan, browser] = await Promise.all([SampanProcess.start('up', FLAGS), startBrowser()]);
    page = await openPage(browser, addressOf(sampan));
    page.setDefaultTimeout(40_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await sampan?.stop();
  });

  // What a test that failed left paused would make those after it fail, too.
  beforeEach(() => page.keyboard.press('End'));

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
    expect(shown.sort()).toEqual(
      (await pods()).map(({ metadata: { namespace, name } }) => `${namespace}/${name}`).sort(),
    );
  });

  it('says why when the server refuses', async () => {
    await page.keyboard.press('n');
    await page.getByLabel('Name', { exact: true }).fill('Not A Name');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page
      .locator('.toast.bad')
      .getByText(/Invalid value: "Not A Name"/)
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    // What is typed before the dialog has gone is typed into it.
    await page.getByLabel('Name', { exact: true }).waitFor({ state: 'hidden' });
  });

  it('tells the story of the deployment, from the request to Running', async () => {
    await page.keyboard.press('5');
    await page.locator('.recent-line', { hasText: /^deployments\s*web/ }).click();
    await page.locator('.trace-row', { hasText: 'create deployments.apps' }).first().waitFor();
    await page.locator('.trace-row', { hasText: 'kubelet' }).first().waitFor();
    await page.locator('.steps').getByText('durable on').first().waitFor();
  });

  it('shows what each revision of a key changed, and who watches it', async () => {
    await page.keyboard.press('2');
    for (const folder of [
      '/registry/deployments/',
      '/registry/deployments/default/',
      '/registry/deployments/default/web',
    ]) {
      await page.locator(`[data-key="${folder}"]`).click();
    }
    await page.locator('.differences').getByText('status.').first().waitFor();
    await page.locator('.watches').getByText('/registry/deployments/').first().waitFor();
    expect(await page.locator('.revision').count()).toBeGreaterThan(1);
  });

  it('scales by click, and shows what is wanted beside what is there', async () => {
    await page.keyboard.press('3');
    const workload = page.locator('[data-workload="default/web"]');
    await workload.getByRole('button', { name: 'One more: web' }).click();
    await workload.getByText('7 wanted').waitFor();
    await eventually('seven pods', async () => (await workload.locator('.slot .is-running').count()) === 7);
    await page.locator('.decisions').getByText('default/web').first().waitFor();
  });

  it('crashes a node by click, shows its pods move, and heals it', async () => {
    await page.keyboard.press('4');
    await eventually('node-2 has pods', async () => (await running('node-2')) > 0);
    const moved = (await pods()).filter(({ spec }) => spec.nodeName === 'node-2');
    await page.locator('[data-node="node-2"]').getByRole('button', { name: 'Crash' }).click();
    await page.locator('[data-node="node-2"]').getByText('silent').waitFor();
    await eventually(
      'all seven run on the others',
      async () => (await running('node-1')) + (await running('node-3')) === 7,
      40_000,
    );
    const now = await pods();
    expect(
      now.filter(({ metadata }) =>
        moved.some((pod) => pod.metadata.name === metadata.name && !('deletionTimestamp' in metadata)),
      ),
    ).toEqual([]);
    await keepPicture(page, 'nodes-crashed');
    await page.locator('[data-node="node-2"]').getByRole('button', { name: 'Heal' }).click();
    await page.locator('[data-node="node-2"]').getByText('ready', { exact: true }).waitFor();
  });

  it('scrubs back and shows the former state, in every view, and goes live again', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    const strip = page.getByRole('slider');
    const before = Number(await strip.getAttribute('aria-valuenow'));
    await eventually('node-2 is silent again', async () => {
      await strip.press('ArrowLeft');
      return (await page.locator('[data-node="node-2"]').getByText('silent').count()) === 1;
    });
    expect(Number(await strip.getAttribute('aria-valuenow'))).toBeLessThan(before);
    expect(await page.locator('[data-node="node-2"]').getByRole('button', { name: 'Heal' }).isDisabled()).toBe(true);
    // While the node was down six of seven ran, too: what is wanted tells the times apart.
    await page.keyboard.press('3');
    await eventually('six are wanted again', async () => {
      await strip.press('ArrowLeft');
      return (await page.locator('[data-workload="default/web"]').getByText('6 wanted').count()) === 1;
    });
    await page.keyboard.press('4');
    await eventually('there are six', async () => (await page.locator('.pod-line').count()) === 6);
    await keepPicture(page, 'time-scrubbed');
    await page.keyboard.press('End');
    await eventually('seven run now', async () => (await page.locator('.pod-line.is-running').count()) === 7);
  });

  it('saves a moment as a file, and opens it where there is no cluster', async () => {
    await page.keyboard.press('4');
    await page.getByRole('button', { name: 'Pause' }).click();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save' }).click();
    const file = await (await saving).path();
    const shown = await page.locator('.time-label').textContent();
    await page.keyboard.press('End');
    const other = await openPage(browser, fs.readFileSync(`${sampan.dataDir}/dashboard-address`, 'utf8').trim(), {
      view: 'lessons',
    });
    await other
      .locator('input[type=file]')
      .setInputFiles({ name: 'moment.sampan.json', mimeType: 'application/json', buffer: fs.readFileSync(file) });
    await other.getByText('You see a recording').waitFor();
    expect(await other.locator('.time-label').textContent()).toBe(shown);
    expect(await other.locator('.pod-line.is-running').count()).toBe(7);
    await other
      .locator('input[type=file]')
      .setInputFiles({ name: 'other.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await other.getByText('cannot be opened').waitFor();
    await other.context().close();
  });

  it('kills the leader by click, shows the election and the new leader', async () => {
    await page.keyboard.press('1');
    const before = await leaderBeside('');
    await page.locator(`[data-member="${before}"]`).getByRole('button', { name: 'Crash' }).click();
    await page.locator(`[data-member="${before}"][data-look="down"]`).waitFor();
    const after = await leaderBeside(before);
    await page.locator('.turning.is-elected').getByText(`${after} leads`).first().waitFor();
    await page.locator('.elections').getByText(`gives ${after} its vote`).first().waitFor();
    await keepPicture(page, 'store-election');
    await page.locator(`[data-member="${before}"]`).getByRole('button', { name: 'Heal' }).click();
    await page.locator(`[data-member="${before}"][data-look="follower"]`).waitFor();
  });

  it('cuts the network between two members, or makes it slow, by keyboard, and heals it', async () => {
    const between = page.getByRole('group', { name: 'Between two members' });
    await between.getByLabel('One member', { exact: true }).selectOption('sampan-1');
    await between.getByLabel('The other member').selectOption('sampan-3');
    const strike = async (button: string, look: 'cut' | 'slow', said: string): Promise<void> => {
      await between.getByRole('button', { name: button, exact: true }).press('Enter');
      await page.locator(`.link[data-link="${look}"]`).waitFor();
      expect(await page.locator('.link[data-link="whole"]').count()).toBe(2);
      await between.getByText(`sampan-1 ↔ sampan-3 · ${said}`).waitFor();
      if (look === 'cut') await keepPicture(page, 'store-cut');
      await between.getByRole('button', { name: 'Heal: sampan-1 ↔ sampan-3' }).press('Enter');
      await eventually(
        'the network is whole',
        async () => (await page.locator('.link[data-link="whole"]').count()) === 3,
      );
    };
    await strike('Cut', 'cut', 'cut');
    await between.getByLabel('How late messages arrive').selectOption('50ms');
    await strike('Delay', 'slow', '50ms late');
    await between.getByLabel('The other member').selectOption('sampan-1');
    expect(await between.getByRole('button', { name: 'Cut', exact: true }).isDisabled()).toBe(true);
  });

  it('lists its shortcuts, and is used without a mouse', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Pause, or go live').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('2');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).not.toBe('none');
    await page.keyboard.press('l');
    await page.getByRole('heading', { name: 'Key' }).waitFor();
    await page.keyboard.press('l');
  });

  it('has pictures taken of every view, light and dark, in both languages', async () => {
    for (const [theme, language] of [
      ['light', 'en'],
      ['dark', 'vi'],
    ] as const) {
      await page.evaluate(`localStorage.setItem('sampan-settings', '${JSON.stringify({ theme, language })}')`);
      await page.reload();
      await page.locator('.facts').getByText('3/3', { exact: true }).first().waitFor();
      for (const [at, view] of VIEWS.entries()) {
        await page.keyboard.press(String(at + 1));
        if (view === 'lessons') await page.locator('.lesson').first().waitFor();
        if (view === 'request') {
          await page.locator('.recent-line', { hasText: /^deployments\s*web/ }).click();
          await page.locator('.trace-row').first().waitFor();
        }
        await keepPicture(page, `${view}-${theme}-${language}`);
      }
    }
  });

  it('never complained', () => {
    expect(complaints.filter((text) => !/422|WebSocket/.test(text))).toEqual([]);
  });
});
