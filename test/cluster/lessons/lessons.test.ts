import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../cluster/lessons/lesson.ts';
import { type LessonCluster, startLessonCluster } from '../../../cluster/lessons/lesson-cluster.ts';
import { readLessons } from '../../../cluster/lessons/lesson-library.ts';
import { root } from '../../source-tree.ts';
import { followLesson } from './follow-lesson.ts';

const lessons = readLessons(root);

/** What a learner might do instead, by lesson and step. */
const WRONG: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'what-the-store-holds': {
    create: ['kubectl-lite get configmaps'],
    look: ['kubectl-lite get configmap greeting'],
    change: ['kubectl-lite apply -f greeting.yaml'],
    delete: ['sampan store get /registry/configmaps/default/greeting'],
  },
  watch: {
    open: ['kubectl-lite apply -f lamp.yaml', 'kubectl-lite delete configmap lamp'],
    change: ['kubectl-lite apply -f lamp-green.yaml'],
    delete: ['kubectl-lite get configmap lamp'],
  },
  'desired-and-actual': {
    wish: ['kubectl-lite get deployments'],
    'delete-one': ['kubectl-lite get pods'],
    scale: ['kubectl-lite scale deployment/web --replicas=4'],
    'delete-all': ['kubectl-lite delete pod $POD'],
  },
  election: {
    kill: ['sampan store members'],
    heal: ['sampan store members'],
  },
  quorum: {
    one: ['kubectl-lite crash member nobody'],
    two: ['sampan store members'],
    whole: ['sampan store members'],
  },
  'node-crash': {
    before: ['kubectl-lite get pods'],
    crash: ['kubectl-lite delete pods -l app=web'],
    heal: ['kubectl-lite get nodes'],
  },
  'crash-loop': {
    die: ['kubectl-lite get pods'],
    'back-off': ['kubectl-lite logs fragile'],
    mend: ['kubectl-lite create -f steady.yaml'],
  },
  'optimistic-concurrency': {
    'both-read': ['kubectl-lite get configmap counter'],
    conflict: ['kubectl-lite apply -f theirs.yaml'],
    again: ['kubectl-lite replace -f mine.yaml'],
  },
  'rolling-update': {
    update: ['kubectl-lite apply -f web.yaml'],
    break: ['kubectl-lite apply -f web-new.yaml'],
    undo: ['kubectl-lite rollout history deployment/web'],
  },
  scheduling: {
    small: ['kubectl-lite get pods'],
    huge: ['kubectl-lite get nodes'],
    picky: ['kubectl-lite get pods'],
  },
  'backup-and-restore': {
    save: ['kubectl-lite get configmap treasure -o yaml > backup.db'],
    lose: ['kubectl-lite get configmap treasure'],
    restore: ['sampan snapshot status backup.db'],
  },
  topology: {
    external: ['kubectl-lite get pods -n kube-system'],
    write: ['kubectl-lite create -f note.yaml'],
    kill: ['kill %7'],
    second: ['kubectl-lite get configmaps'],
  },
};

describe('lessons', () => {
  let cluster: LessonCluster;
  beforeAll(async () => {
    cluster = await startLessonCluster(root);
  }, 60_000);
  afterAll(async () => {
    await cluster?.stop();
  }, 30_000);

  it('are twelve, in both languages, each with a prediction, something to break, and checks', () => {
    expect(lessons).toHaveLength(12);
    for (const lesson of lessons) {
      expect(lesson.steps.filter(({ predict }) => predict !== undefined).length, lesson.name).toBeGreaterThan(0);
      expect(
        lesson.steps.every(({ check, ask }) => check.length > 0 || ask !== undefined),
        lesson.name,
      ).toBe(true);
      for (const language of LANGUAGES) expect(lesson.title[language].length).toBeGreaterThan(0);
    }
  });

  for (const lesson of lessons) {
    it(`${lesson.name}: fails who does nothing or the wrong thing, and can be followed to its end`, async () => {
      await followLesson(lesson, cluster.world, WRONG[lesson.name] ?? {});
    }, 240_000);
  }
});
