/**
 * What vitest's JSON reports say.
 *
 *   node .ci/report.mjs failed-files REPORT        the files with a failure, one a line
 *   node .ci/report.mjs summary REPORT [LATER]     skipped tests, files that were run again, and `N passed, N failed`
 *
 * Of a file that is in two reports the later one counts. Exits with 1 when anything failed, or when a test was skipped
 * that needs a program which the gate has installed.
 */
import fs from 'node:fs';
import path from 'node:path';

const [command, ...names] = process.argv.slice(2);
const reports = names.map((name) => JSON.parse(fs.readFileSync(name, 'utf8')));

/** @param {{ status: string, assertionResults: readonly { status: string }[] }} file */
function hasFailed({ status, assertionResults }) {
  return status === 'failed' || assertionResults.some((test) => test.status === 'failed');
}

function failedFiles() {
  for (const file of reports[0].testResults.filter(hasFailed)) console.log(path.relative('.', file.name));
}

function summary() {
  const files = new Map();
  for (const file of reports.flatMap((report) => report.testResults)) {
    if (files.has(file.name)) console.log(`run a second time: ${path.relative('.', file.name)}`);
    files.set(file.name, file);
  }
  const tests = [...files.values()].flatMap((file) => file.assertionResults);
  const count = (status) => tests.filter((test) => test.status === status).length;
  // Reference data may be absent outside the place it is kept; outside programs may not: they were just installed.
  const skipped = tests.filter((test) => test.status === 'pending' || test.status === 'skipped');
  const needed = skipped.filter((test) => /\bneeds (etcd|etcdctl|kubectl|chromium)\b/.test(test.fullName));
  for (const test of skipped) console.log(`skipped: ${test.fullName}`);
  for (const test of needed) console.log(`not allowed to be skipped here: ${test.fullName}`);
  // A file may fail without any of its tests: it cannot be loaded, or its setting up fails.
  const broken = [...files.values()].filter(
    (file) => hasFailed(file) && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  for (const file of broken) console.log(`failed as a whole: ${path.relative('.', file.name)}`);
  const failed = count('failed') + broken.length + needed.length;
  console.log(`${count('passed')} passed, ${failed} failed`);
  process.exitCode = failed === 0 && count('passed') > 0 ? 0 : 1;
}

if (command === 'failed-files') failedFiles();
else if (command === 'summary') summary();
else throw new Error(`say failed-files or summary, not ${command}`);
