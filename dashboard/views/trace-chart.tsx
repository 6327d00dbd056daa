/** A story on one time axis: a row for each request and each turn of work, a mark for each step, the time each took. */
import { useState } from 'preact/hooks';
import type { Trace, TracePart } from '../../base/trace/trace.ts';
import { axis, axisTicks, type TraceRow, traceRows } from '../model/trace.ts';
import { useApp } from '../parts/app.tsx';
import { useSize } from '../parts/size.ts';
import { spanText } from '../words/spans.ts';

const ROW_HEIGHT = 26;
const NAMES_WIDTH = 300;
const TOP = 26;

const PARTS: readonly TracePart[] = ['api', 'raft', 'store', 'watch', 'controller', 'scheduler', 'kubelet'];

export function TraceChart({ trace }: { readonly trace: Trace }) {
  const { words } = useApp();
  const [box, { width }] = useSize<HTMLDivElement>();
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const rows = traceRows(trace);
  const open = rows.find(({ node }) => node.id === chosen) ?? rows[0];
  const chartWidth = Math.max(200, width - NAMES_WIDTH - 32);
  const x = (atMs: number): number => NAMES_WIDTH + axis(atMs, trace.totalMs) * chartWidth;
  const height = TOP + rows.length * ROW_HEIGHT + 6;
  const { target } = trace;
  return (
    <div class="story">
      <div class="story-head">
        <h3>
          <span class="faint">{target.resource}</span> {target.namespace === undefined ? '' : `${target.namespace}/`}
          {target.name}
        </h3>
        <span class="quiet">
          {words.request.total(spanText(trace.totalMs))}
          {trace.runningMs === undefined ? '' : ` · ${words.request.toRunning(spanText(trace.runningMs))}`}
        </span>
      </div>
      <ul class="legend part-legend">
        {PARTS.map((part) => (
          <li key={part}>
            <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
              <PartMark part={part} />
            </svg>
            {words.request.parts[part]}
          </li>
        ))}
      </ul>
      <div ref={box} class="card chart scroll">
        {width === 0 ? null : (
          <svg width={width - 2} height={height} role="img" aria-label={words.request.title}>
            {roomy(axisTicks(trace.totalMs), x).map((tick) => (
              <g key={tick} class="chart-tick" transform={`translate(${x(tick)} 0)`}>
                <line y1={TOP - 6} y2={height} />
                <text y="13">{tick === 0 ? '0' : spanText(tick).replace('.0 ', ' ').replace('.00 ', ' ')}</text>
              </g>
            ))}
            {rows.map((row, at) => (
              <Row
                key={row.node.id}
                row={row}
                y={TOP + at * ROW_HEIGHT}
                width={width}
                x={x}
                chosen={row === open}
                choose={() => setChosen(row.node.id)}
              />
            ))}
          </svg>
        )}
      </div>
      {open === undefined ? null : <Steps row={open} />}
      {trace.missing.length + trace.leftOut === 0 ? null : (
        <p class="faint">
          {trace.missing.join(' ')} {trace.leftOut > 0 ? `+${trace.leftOut}` : ''}
        </p>
      )}
    </div>
  );
}

/** Ticks whose texts do not touch. */
function roomy(ticks: readonly number[], x: (atMs: number) => number): readonly number[] {
  const kept: number[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (last === undefined || x(tick) - x(last) > 44) kept.push(tick);
  }
  return kept;
}

interface RowProps {
  readonly row: TraceRow;
  readonly y: number;
  readonly width: number;
  readonly chosen: boolean;
  x(atMs: number): number;
  choose(): void;
}

function Row({ row: { node, depth, part }, y, width, chosen, x, choose }: RowProps) {
  const left = x(node.startMs);
  const right = Math.max(left + 3, x(node.endMs));
  const middle = ROW_HEIGHT / 2;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons within a drawing
    <g
      class={`trace-row is-part-${part} ${chosen ? 'is-chosen' : ''}`}
      transform={`translate(0 ${y})`}
      role="button"
      tabIndex={0}
      aria-label={node.title}
      onClick={choose}
      onKeyDown={({ key }) => {
        if (key === 'Enter' || key === ' ') choose();
      }}
    >
      <rect width={width} height={ROW_HEIGHT} class="row-ground" />
      <title>{`${node.title} · ${node.by} · ${spanText(node.endMs - node.startMs)}`}</title>
      <text x={14 + depth * 12} y={middle + 4.5} class="row-title">
        {shortened(node.title, Math.floor((NAMES_WIDTH - 22 - depth * 12) / 6.6))}
      </text>
      <rect x={left} y={middle - 2} width={right - left} height="4" rx="2" class="row-bar" />
      {node.steps.map((step) => (
        <g
          key={`${step.part} ${step.atMs} ${step.words}`}
          transform={`translate(${x(step.atMs)} ${middle})`}
          class={`is-part-${step.part}`}
        >
          <title>{`${step.words} · ${spanText(step.tookMs)}`}</title>
          <PartMark part={step.part} />
        </g>
      ))}
    </g>
  );
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A shape for each part. */
function PartMark({ part }: { readonly part: TracePart }) {
  switch (part) {
    case 'api':
      return <rect x="-4.500" y="-4.500" width="9" height="9" rx="1.500" class="part-mark is-part-api" />;
    case 'raft':
      return <path d="M0 -5.500 5 3.500H-5z" class="part-mark is-part-raft" />;
    case 'store':
      return <path d="M-4.500 -4h9v8h-9zM-4.500 0h9" class="part-mark is-part-store is-line" />;
    case 'watch':
      return <circle r="4" class="part-mark is-part-watch is-line" />;
    case 'controller':
      return <circle r="4.800" class="part-mark is-part-controller" />;
    case 'scheduler':
      return <path d="M0 -5.500 5.500 0 0 5.500 -5.500 0z" class="part-mark is-part-scheduler" />;
    default:
      return <path d="M-5 -3.500h10v7h-10zM-2 5.500h4" class="part-mark is-part-kubelet" />;
  }
}

function Steps({ row: { node } }: { readonly row: TraceRow }) {
  const { words } = useApp();
  return (
    <div class="card steps">
      <h2>
        {node.title} <span class="faint">{node.by}</span>
        {node.code === undefined ? null : <span class="faint number"> · {node.code}</span>}
        {node.revision === undefined ? null : (
          <span class="faint number">
            {' '}
            · {words.head.revision} {node.revision}
          </span>
        )}
      </h2>
      <ol class="scroll">
        {node.steps.map((step) => (
          <li key={`${step.atMs} ${step.words}`}>
            <span class="number">{spanText(step.atMs)}</span>
            <span class="faint number">+{spanText(step.tookMs)}</span>
            <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
              <PartMark part={step.part} />
            </svg>
            <span>{step.words}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
