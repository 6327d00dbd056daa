/** Which texts name an image: the reference grammar of container registries, as far as the kubelet judges by it. Pure. */

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?';
const PATH = `${COMPONENT}(?:/${COMPONENT})*`;
const TAG = '[\\w][\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^${HOST}/(${PATH})(?::${TAG})?(?:@${DIGEST})?$`);
const PATH_MAX = 255;

/** Why the text names no image, in the kubelet's words (pkg/util/parsers); undefined when it does. */
export function imageNameFault(image: string): string | undefined {
  const why = problemOf(image);
  return why === undefined
    ? undefined
    : `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${why}`;
}

function problemOf(image: string): string | undefined {
  if (/^[a-f0-9]{64}$/.test(image))
    return `invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`;
  const [registry, rest] = splitRegistry(image);
  const name = rest.split(':', 1)[0] ?? '';
  if (name !== name.toLowerCase()) return `invalid reference format: repository name (${name}) must be lowercase`;
  const path = REFERENCE.exec(`${registry}/${rest}`)?.[1];
  if (path === undefined) return 'invalid reference format';
  return path.length > PATH_MAX ? `repository name must not be more than ${PATH_MAX} characters` : undefined;
}

/** `nginx` is `library/nginx` at `docker.io`; what comes before the first slash is a registry when it looks like a host. */
function splitRegistry(image: string): readonly [registry: string, rest: string] {
  const slash = image.indexOf('/');
  const first = image.slice(0, Math.max(0, slash));
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const registry = isHost && first !== 'index.docker.io' ? first : 'docker.io';
  const rest = isHost ? image.slice(slash + 1) : image;
  return [registry, registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest];
}
