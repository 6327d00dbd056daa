/** Colours for a terminal: the head of a table, and words that say something is well, waits, or is wrong. */

const BOLD = '\u001b[1m';
const GREEN = '\u001b[32m';
const YELLOW = '\u001b[33m';
const RED = '\u001b[31m';
const PLAIN = '\u001b[0m';

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/(?<=\s)(Running|Ready|Active|Bound|Available|Complete|Completed|Succeeded|True)(?=\s|$)/g, GREEN],
  [
    /(?<=\s)(Pending|ContainerCreating|Terminating|Released|SchedulingDisabled|Warning|Init:\S+|PodInitializing)(?=\s|$)/g,
    YELLOW,
  ],
  [
    /(?<=\s)(NotReady|Failed|Error|CrashLoopBackOff|ImagePullBackOff|ErrImagePull|Evicted|OOMKilled|Unknown|Lost)(?=\s|,|$)/g,
    RED,
  ],
];

export function coloured(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      if (/^[A-Z][A-Z0-9 ()/-]*$/.test(line)) return `${BOLD}${line}${PLAIN}`;
      return WORDS.reduce((shown, [word, colour]) => shown.replace(word, `${colour}$1${PLAIN}`), line);
    })
    .join('\n');
}
