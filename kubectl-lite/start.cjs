#!/usr/bin/env node
/**
 * Starts the built kubectl-lite. Half the time of a short command would go into reading and compiling the program, so:
 * what a `get` needs is one file, for which the build kept V8's compiled code; every other part is a file of its own,
 * read when a command asks for it. Another version of Node refuses that code and compiles anew: slower, the same.
 *
 * The parts stand in `kubectl-lite/` beside this file (build/kubectl-lite.mjs makes them), each a CommonJS module under
 * the name by which the others require it.
 */
const fs = require('node:fs');
const { Script } = require('node:vm');

const folder = `${__dirname}/kubectl-lite/`;

/** @type {Map<string, { exports: unknown }>} */
const loaded = new Map();

/** Evaluates one of our files to the function that it holds. */
function evaluate(file, cachedData) {
  // Bundles are ASCII, which is read faster than UTF-8.
  return new Script(fs.readFileSync(file, 'latin1'), { filename: file, cachedData }).runInThisContext();
}

function codeOf(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** What `require` is to the parts: other parts, and Node's own modules. */
function load(name) {
  if (!name.startsWith('./')) return require(name);
  const part = name.slice(name.lastIndexOf('/') + 1);
  const known = loaded.get(part);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(part, module);
  (common[part] ?? evaluate(`${folder}${part}`))(module.exports, load, module);
  return module.exports;
}

const common = evaluate(`${folder}common.js`, codeOf(`${folder}common.code`));

load('./main.js');
