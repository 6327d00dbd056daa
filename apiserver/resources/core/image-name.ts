/** Image names, as far as defaults need them (distribution's reference grammar). */

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DOMAIN =
  '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?';
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?::([\\w][\\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

const REPOSITORY_MAX = 255;

/** Of the name without tag and digest, as the registry that images come from by default has it. */
function repositoryLength(image: string, [, tag, digest]: RegExpExecArray): number {
  const name = image.slice(0, image.length - (tag === undefined ? 0 : tag.length + 1) - (digest?.length ?? 0));
  const [first = ''] = name.split('/');
  if (!name.includes('/')) return `docker.io/library/${name}`.length;
  return /[.:]|^localhost$|[A-Z]/.test(first) ? name.length : `docker.io/${name}`.length;
}

/** The tag of an image: `latest` when it has neither tag nor digest, '' for a digest alone and for what is no image. */
export function imageTag(image: string): string {
  const match = REFERENCE.exec(image);
  if (match === null || repositoryLength(image, match) > REPOSITORY_MAX) return '';
  return match[1] ?? (match[2] === undefined ? 'latest' : '');
}

/** Always for `latest`, else IfNotPresent. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  return imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent';
}
