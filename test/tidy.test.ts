import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeFiles, root } from './source-tree.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  /** Files (or folders, ending in a slash) where it is right. */
  readonly except: readonly string[];
}

const OUTSIDE_THE_SYSTEM = ['base/system.ts', 'dashboard/', 'bench/'];

const bans: readonly Ban[] = [
  { pattern: /\bDate\.now\b/, instead: 'Clock.nowMs() or monotonicMs()', except: OUTSIDE_THE_SYSTEM },
  { pattern: /\bnew Date\(\)/, instead: 'new Date(clock.nowMs())', except: OUTSIDE_THE_SYSTEM },
  { pattern: /(?<!\.)\b(setTimeout|setInterval)\(/, instead: 'Clock.after() or every()', except: OUTSIDE_THE_SYSTEM },
  { pattern: /\bperformance\.now\b/, instead: 'Clock.monotonicMs()', except: OUTSIDE_THE_SYSTEM },
  { pattern: /\bMath\.random\b/, instead: 'an injected Random', except: OUTSIDE_THE_SYSTEM },
  { pattern: /\brandomUUID\b/, instead: 'Random.uuid()', except: OUTSIDE_THE_SYSTEM },
  {
    pattern: /\bconsole\.(log|error|warn|info)\b/,
    instead: 'a Logger, or the output stream given',
    except: ['bench/', 'dashboard/'],
  },
  { pattern: /\b(TODO|FIXME|XXX)\b/, instead: 'finished work, or an issue', except: [] },
  { pattern: /@ts-(ignore|expect-error|nocheck)/, instead: 'a type that holds', except: [] },
];

function code(file: string): string {
  // Comments may name what is banned; only code counts, except for the bans that speak of comments.
  return fs.readFileSync(path.join(root, file), 'utf8');
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[\s;,{(])\/\/.*$/gm, '$1');
}

describe('tidy', () => {
  for (const ban of bans) {
    it(`no ${ban.pattern.source}: use ${ban.instead}`, () => {
      const found: string[] = [];
      const aboutComments = /TODO|@ts-/.test(ban.pattern.source);
      for (const file of codeFiles()) {
        if (ban.except.some((place) => file === place || (place.endsWith('/') && file.startsWith(place)))) continue;
        const text = aboutComments ? code(file) : withoutComments(code(file));
        text.split('\n').forEach((line, at) => {
          if (ban.pattern.test(line)) found.push(`${file}:${at + 1}: ${line.trim()}  (use ${ban.instead})`);
        });
      }
      expect(found).toEqual([]);
    });
  }

  it('every file opens with its purpose', () => {
    const silent = codeFiles().filter(
      (file) =>
        !file.startsWith('bench/') &&
        !/^(#!.*\n)?\s*\/\*\*|^(import[^;]*;\s*)+[\s\S]{0,400}?\/\*\*/.test(code(file)) &&
        !/\/gen\//.test(file),
    );
    expect(silent).toEqual([]);
  });

  it('no file grows past 500 lines', () => {
    const long = codeFiles()
      .filter((file) => !/\/gen\//.test(file))
      .map((file) => ({ file, lines: code(file).split('\n').length }))
      .filter(({ lines }) => lines > 500);
    expect(long).toEqual([]);
  });

  it('the only barrel is store/index.ts', () => {
    const barrels = codeFiles().filter(
      (file) => path.basename(file) === 'index.ts' && file !== 'store/index.ts' && !file.startsWith('dashboard/'),
    );
    expect(barrels).toEqual([]);
  });
});
