/** Every lesson, followed to its end on the page as a learner does: read, predict, type, answer, be judged. */
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { type Dashboard, startDashboard } from '../../cluster/dashboard/dashboard-server.ts';
import type { Lesson, Step } from '../../cluster/lessons/lesson.ts';
import { type LessonCluster, startLessonCluster } from '../../cluster/lessons/lesson-cluster.ts';
import { readLessons } from '../../cluster/lessons/lesson-library.ts';
import { findValue } from '../../cluster/lessons/variables.ts';
import type { Checked } from '../../dashboard/model/lesson.ts';
import { eventually } from '../e2e/sampan-process.ts';
import { root } from '../source-tree.ts';
import { chromiumProgram, openPage, startBrowser } from './browser.ts';

const lessons = readLessons(root);

describe.skipIf(chromiumProgram === undefined)('the lessons on the page (needs chromium)', { timeout: 120_000 }, () => {
  let lessonCluster: LessonCluster;
  let dashboard: Dashboard | undefined;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [lessonCluster, browser] = await Promise.all([startLessonCluster(root), startBrowser()]);
    const { cluster, world } = lessonCluster;
    dashboard = await startDashboard(
      {
        clusterName: 'sampan',
        version: 'test',
        port: 0,
        dataDir: world.dataDir,
        folder: path.join(root, 'dist', 'dashboard'),
        faults: [],
      },
      {
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
        ring: world.moments,
        server: cluster.api,
        store: cluster.store,
        lessons: world,
      },
    );
    page = await openPage(browser, dashboard?.address ?? '', { view: 'lessons' });
    page.setDefaultTimeout(30_000);
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await dashboard?.close();
    await lessonCluster?.stop();
  });

  const isAt = (name: string) => page.locator(`.lesson-desk[data-step="${name}"]`);

  /** Answers at which step the page is then: it has taken in what the server found. */
  const check = async (): Promise<string> => {
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/lesson/check'));
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    const { session } = (await (await answered).json()) as Checked;
    const name = session.step?.name ?? 'done';
    await isAt(name).waitFor();
    return name;
  };

  async function type(line: string): Promise<void> {
    const terminal = page.getByRole('textbox', { name: 'Command line' });
    await terminal.fill(line);
    const ended = page.waitForResponse((answer) => answer.url().endsWith('/lesson/run'), { timeout: 60_000 });
    await terminal.press('Enter');
    await ended;
  }

  async function doStep(step: Step, next: string): Promise<void> {
    await isAt(step.name).waitFor();
    if (step.predict !== undefined) {
      await page.getByRole('radio').nth(step.predict.answer).click();
      await page.getByText('Right.', { exact: true }).waitFor();
    }
    for (const line of await page.locator('.to-type code').allTextContents()) {
      await type(line);
      if ((await check()) === next) return;
    }
    if (step.ask !== undefined) {
      await page.locator('input[name="answer"]').fill((await findValue(lessonCluster.world, step.ask.answer)) ?? '');
    }
    await eventually(`${step.name} is done`, async () => (await check()) === next, 120_000);
  }

  async function follow({ name, steps }: Lesson): Promise<void> {
    // A lesson that failed is left first.
    if ((await page.locator('.lesson-desk').count()) > 0) {
      await page.getByRole('button', { name: /to all lessons/ }).click();
    }
    await page.locator(`[data-lesson="${name}"]`).getByRole('button', { name: 'Start' }).click();
    for (const [at, step] of steps.entries()) {
      await isAt(step.name).waitFor();
      await doStep(step, steps[at + 1]?.name ?? 'done');
    }
    await isAt('done').waitFor();
    await page.getByRole('button', { name: /to all lessons/ }).click();
    await page.locator('.lesson').first().waitFor();
  }

  for (const lesson of lessons) it(`${lesson.name} is followed to its end`, () => follow(lesson));
});
