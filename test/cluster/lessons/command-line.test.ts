import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../cluster/lessons/command-line.ts';

describe('command lines', () => {
  it.each([
    ['kubectl-lite get pods', { words: ['kubectl-lite', 'get', 'pods'], inBackground: false }],
    ['  get   "a b"  \'c "d"\' ', { words: ['get', 'a b', 'c "d"'], inBackground: false }],
    ['echo "say \\"hi\\"" a\\ b', { words: ['echo', 'say "hi"', 'a b'], inBackground: false }],
    [
      "-o jsonpath='{.items[*].metadata.name}'",
      { words: ['-o', 'jsonpath={.items[*].metadata.name}'], inBackground: false },
    ],
    ['get ""', { words: ['get', ''], inBackground: false }],
    ['get cm -w &', { words: ['get', 'cm', '-w'], inBackground: true }],
    ['get cm > a.yaml', { words: ['get', 'cm'], outputFile: 'a.yaml', inBackground: false }],
    ['get cm>"a b.yaml"', { words: ['get', 'cm'], outputFile: 'a b.yaml', inBackground: false }],
    ['create -f - < a.yaml', { words: ['create', '-f', '-'], inputFile: 'a.yaml', inBackground: false }],
    ['', { words: [], inBackground: false }],
  ])('%s', (line, parsed) => {
    expect(parseCommandLine(line)).toEqual(parsed);
  });

  it.each([
    ['get pods | cat', '| means nothing here; use a terminal of your own for what needs a shell'],
    ['get a; get b', '; means nothing here; use a terminal of your own for what needs a shell'],
    ['get a & get b', '& can only end a line here; type one command after the other'],
    ['get a >', "a file's name must follow >"],
    ['get "a', 'a " is not closed'],
  ])('refuses %s', (line, complaint) => {
    expect(() => parseCommandLine(line)).toThrow(complaint);
  });
});
