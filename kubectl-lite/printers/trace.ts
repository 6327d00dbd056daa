/**
 * A trace as text: one line a step, with when it was done and how long it took. A story that goes on in one line is
 * not indented further; where it forks, each branch is.
 */
import type { Trace, TraceNode } from '../../base/trace/trace.ts';

const PART_WIDTH = 11;

export function traceText(trace: Trace): string {
  const { resource, namespace, name } = trace.target;
  const lines = [`${resource} ${namespace === undefined ? name : `${namespace}/${name}`}: ${summary(trace)}`, ''];
  lines.push(`${'AT'.padStart(9)} ${'TOOK'.padStart(9)}`);
  for (const root of trace.roots) nodeLines(root, '', lines);
  if (trace.missing.length > 0 || trace.leftOut > 0) lines.push('');
  for (const words of trace.missing) lines.push(`not shown: ${words}`);
  if (trace.leftOut > 0) lines.push(`not shown: ${trace.leftOut} more requests`);
  return `${lines.join('\n')}\n`;
}

function summary({ totalMs, runningMs, readyMs, startedAtMs }: Trace): string {
  const began = `begun ${new Date(startedAtMs).toISOString()}`;
  const reached = [
    ...(runningMs === undefined ? [] : [`Running after ${milliseconds(runningMs)}`]),
    ...(readyMs === undefined ? [] : [`ready after ${milliseconds(readyMs)}`]),
  ];
  return [...reached, `${milliseconds(totalMs)} in all`, began].join(', ');
}

function nodeLines(node: TraceNode, indent: string, lines: string[]): void {
  const { title, by, startMs, endMs, type, steps, children } = node;
  const who = type === 'request' ? `${title}, by ${by}` : title;
  lines.push(`${milliseconds(startMs).padStart(9)} ${milliseconds(endMs - startMs).padStart(9)}  ${indent}${who}`);
  for (const { part, words, atMs, tookMs } of steps) {
    const times = `${milliseconds(atMs).padStart(9)} ${milliseconds(tookMs).padStart(9)}`;
    lines.push(`${times}  ${indent}  ${part.padEnd(PART_WIDTH)}${words}`);
  }
  const forks = children.length > 1;
  children.forEach((child, at) => {
    nodeLines(child, forks ? `${indent}${at < children.length - 1 ? '| ' : '  '}` : indent, lines);
  });
}

function milliseconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)}ms` : `${(ms / 1000).toFixed(3)}s`;
}
