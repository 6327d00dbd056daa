/** The lessons that lie in `docs/lessons/`, in the order of their file names: `03-desired-and-actual.yaml` is `desired-and-actual`. */
import fs from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { UsageError } from '../../base/errors.ts';
import type { Lesson, Step } from './lesson.ts';
import { lessonSchema } from './lesson-schema.ts';

const FILE = /^\d\d-([a-z-]+)\.yaml$/;

type LessonFile = Omit<Lesson, 'name' | 'members' | 'files' | 'setup' | 'writer' | 'steps'> &
  Partial<Pick<Lesson, 'members' | 'files' | 'setup' | 'writer'>> & {
    readonly steps: readonly (Omit<Step, 'variables' | 'type' | 'check'> & Partial<Step>)[];
  };

/** @throws UsageError that names the file and the field. @param root the package's folder */
export function readLessons(root: string): readonly Lesson[] {
  const folder = path.join(root, 'docs', 'lessons');
  const isLesson = new Ajv({ discriminator: true, allErrors: true }).compile<LessonFile>(lessonSchema);
  return fs
    .readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const name = FILE.exec(file)?.[1];
      if (name === undefined) return [];
      const content: unknown = parse(fs.readFileSync(path.join(folder, file), 'utf8'));
      if (!isLesson(content)) {
        const faults = (isLesson.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
        throw new UsageError(`${path.join(folder, file)}: ${faults.join('; ')}`);
      }
      const { members = 1, files = {}, setup = [], writer = false, steps, ...rest } = content;
      return [{ ...rest, name, members, files, setup, writer, steps: steps.map(wholeStep) }];
    });
}

function wholeStep(step: LessonFile['steps'][number]): Step {
  const { variables = {}, type = [], check = [], ...rest } = step;
  return { ...rest, variables, type, check };
}
