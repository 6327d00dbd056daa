/**
 * The marks: one shape for each state, so that nobody needs colours to tell them apart. Drawn once (`Sprites`) and
 * referred to, since thousands may be on screen.
 */
import type { MemberLook, NodeLook, PodLook } from '../model/look.ts';

/** An empty machine; what is wrong with it is drawn across. */
function Machine({ dashes = 'none' }: { readonly dashes?: string }) {
  return (
    <rect
      x="1.700"
      y="3.200"
      width="10.600"
      height="7.600"
      rx="1.600"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-dasharray={dashes}
    />
  );
}

/** An empty pod. */
function Ring({ dashes = 'none' }: { readonly dashes?: string }) {
  return (
    <circle cx="6" cy="6" r="4.250" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray={dashes} />
  );
}

export function Sprites() {
  return (
    <svg class="sprites" width="0" height="0" aria-hidden="true">
      <symbol id="mark-running" viewBox="0 0 12 12">
        <circle cx="6" cy="6" r="5" fill="currentColor" />
      </symbol>
      <symbol id="mark-starting" viewBox="0 0 12 12">
        <Ring />
        <path d="M6 1.750a4.250 4.250 0 0 1 0 8.500z" fill="currentColor" />
      </symbol>
      <symbol id="mark-pending" viewBox="0 0 12 12">
        <Ring dashes="2.2 2.2" />
      </symbol>
      <symbol id="mark-failing" viewBox="0 0 12 12">
        <path d="M6 .8 11.6 11H.4z" fill="currentColor" />
        <path d="M6 4.300v3" stroke="var(--card)" stroke-width="1.5" />
        <circle cx="6" cy="9" r=".85" fill="var(--card)" />
      </symbol>
      <symbol id="mark-ending" viewBox="0 0 12 12">
        <Ring />
        <path d="M3.500 6h5" stroke="currentColor" stroke-width="1.5" />
      </symbol>
      <symbol id="mark-done" viewBox="0 0 12 12">
        <rect x="1" y="1" width="10" height="10" rx="2" fill="currentColor" />
        <path d="M3.500 6.200 5.300 8l3.300-4" fill="none" stroke="var(--card)" stroke-width="1.5" />
      </symbol>
      <symbol id="mark-lost" viewBox="0 0 12 12">
        <path d="M6 .7 11.300 6 6 11.300.7 6z" fill="none" stroke="currentColor" stroke-width="1.4" />
        <circle cx="6" cy="6" r="1.300" fill="currentColor" />
      </symbol>
      <symbol id="mark-ready" viewBox="0 0 14 14">
        <rect x="1" y="2.500" width="12" height="9" rx="2" fill="currentColor" />
      </symbol>
      <symbol id="mark-unready" viewBox="0 0 14 14">
        <Machine />
        <path d="M4 9.500 10 4.500" stroke="currentColor" stroke-width="1.4" />
      </symbol>
      <symbol id="mark-silent" viewBox="0 0 14 14">
        <Machine dashes="2 1.700" />
        <path d="M4.500 4.500 9.500 9.500M9.500 4.500 4.500 9.500" stroke="currentColor" stroke-width="1.5" />
      </symbol>
      <symbol id="mark-cordoned" viewBox="0 0 14 14">
        <Machine />
        <path d="M4 7h6" stroke="currentColor" stroke-width="1.5" />
      </symbol>
    </svg>
  );
}

interface MarkProps {
  readonly look: PodLook | NodeLook;
  readonly size?: number;
}

/** Always beside a word that says the same. */
export function Mark({ look, size = 12 }: MarkProps) {
  return (
    <svg class={`mark is-${look}`} width={size} height={size} aria-hidden="true">
      <use href={`#mark-${look}`} />
    </svg>
  );
}

/** A member's shape around (0, 0), about 60 wide. */
export function MemberShape({ look }: { readonly look: MemberLook }) {
  switch (look) {
    case 'leader':
      return (
        <g class="member-shape is-leader">
          <circle r="34" class="outer" />
          <circle r="28" class="inner" />
          <path d="M-11 6 -13 -7 -5.500 -1 0 -10 5.500 -1 13 -7 11 6z" class="sign" />
        </g>
      );
    case 'candidate':
      return (
        <g class="member-shape is-candidate">
          <path d="M0 -36 36 0 0 36 -36 0z" class="outer" />
          <path d="M-6 0 0 -8 6 0M0 -8V9" class="stroke" />
        </g>
      );
    case 'down':
      return <StruckMember look={look} sign="M-9 -9 9 9M9 -9 -9 9" />;
    case 'paused':
      return <StruckMember look={look} sign="M-5 -9V9M5 -9V9" />;
    default:
      return (
        <g class={`member-shape is-${look}`}>
          <circle r="30" class="outer" />
          <circle r="5" class="sign" />
        </g>
      );
  }
}

function StruckMember({ look, sign }: { readonly look: MemberLook; readonly sign: string }) {
  return (
    <g class={`member-shape is-${look}`}>
      <circle r="30" class="outer" />
      <path d={sign} class="stroke" />
    </g>
  );
}
