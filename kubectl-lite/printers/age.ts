/** Ages as kubectl prints them (k8s.io/apimachinery/pkg/util/duration HumanDuration). */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (hours < 365 * 2 * 24) return `${days}d`;
  const years = Math.floor(hours / 24 / 365);
  if (hours < 365 * 8 * 24) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`;
  return `${years}y`;
}

/** The age of something that began at an RFC 3339 time; `<unknown>` when it has none. */
export function ageSince(time: string | null | undefined, nowMs: number): string {
  return time === undefined || time === null || time === '' ? '<unknown>' : formatAge(nowMs - Date.parse(time));
}
