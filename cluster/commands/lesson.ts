/** `sampan lesson [NAME]`: a guided lesson in the terminal, on a cluster of its own; exit code 0 when it was finished. */
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../base/errors.ts';
import { command, Option, parse } from '../flags.ts';
import { LANGUAGES, type Language, type Lesson } from '../lessons/lesson.ts';
import { readLessons } from '../lessons/lesson-library.ts';
import { phrases } from '../lessons/phrases.ts';
import { packageRoot } from '../package-root.ts';

export async function lesson(args: readonly string[]): Promise<number> {
  const parser = command('lesson', 'A guided lesson in the terminal; without a name: the list of them.')
    .argument('[name]', 'the lesson')
    .addOption(new Option('--language <language>', 'en or vi; default: as LANG says').choices([...LANGUAGES]));
  const { language = languageOf(process.env) } = parse<{ language?: Language }>(parser, args);
  const [name] = parser.args;
  const root = packageRoot(fileURLToPath(import.meta.url));
  const lessons = readLessons(root);
  if (name === undefined) {
    process.stdout.write(listed(lessons, language));
    return 0;
  }
  const found = lessons.find((each) => each.name === name);
  if (found === undefined) throw new UsageError(`there is no lesson ${name}; sampan lesson lists them`);
  return (await follow(found, root, language)) ? 0 : 1;
}

async function follow(found: Lesson, root: string, language: Language): Promise<boolean> {
  const [{ startLessonCluster }, { LessonTerminal }, { StandardTerminal }] = await Promise.all([
    import('../lessons/lesson-cluster.ts'),
    import('../lessons/lesson-terminal.ts'),
    import('../lessons/standard-terminal.ts'),
  ]);
  const terminal = new StandardTerminal();
  terminal.write(`${phrases[language].starting}\n`);
  const cluster = await startLessonCluster(root);
  // A lesson's processes and files are gone however it ends.
  const leave = (): void => void cluster.stop().finally(() => process.exit(1));
  process.once('SIGTERM', leave);
  try {
    return await new LessonTerminal(terminal, language).follow(found, cluster.world);
  } finally {
    process.off('SIGTERM', leave);
    terminal.close();
    await cluster.stop();
  }
}

function listed(lessons: readonly Lesson[], language: Language): string {
  const width = Math.max(...lessons.map(({ name }) => name.length));
  return lessons
    .map(({ name, title, minutes }) => `${name.padEnd(width)}  ${title[language]} (${minutes} min)\n`)
    .join('');
}

function languageOf({ LC_ALL, LANG }: NodeJS.ProcessEnv): Language {
  return (LC_ALL ?? LANG ?? '').startsWith('vi') ? 'vi' : 'en';
}
