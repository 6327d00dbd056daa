/** What the flags of `debug` ask for, checked before anything is looked at. */
import fs from 'node:fs';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { parseValues } from '../documents.ts';
import { Failure } from '../failure.ts';
import { goFileError } from '../kubeconfig.ts';
import { isImageName } from '../writing/image-name.ts';
import { type Profile, profileNamed } from './profiles.ts';

export interface DebugOptions {
  readonly targets: readonly string[];
  readonly words: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly setImages: Readonly<Record<string, string>>;
  readonly attach: boolean;
  readonly profile: Profile;
  /** A part of a container, laid over what the profile made. */
  readonly custom: Record<string, unknown> | undefined;
  readonly flags: FlagSet;
  text(name: 'image' | 'container' | 'copy-to' | 'image-pull-policy' | 'target'): string;
  bool(name: 'arguments-only' | 'stdin' | 'tty' | 'quiet' | 'same-node' | 'replace'): boolean;
}

export async function debugOptions(context: Context, flags: FlagSet): Promise<DebugOptions> {
  const { args, argsBeforeDash = args.length } = flags;
  const profile = flags.text('profile');
  const options: DebugOptions = {
    targets: args.slice(0, argsBeforeDash),
    words: args.slice(argsBeforeDash),
    env: pairsOf(context, flags, 'env').map(([name, value]) => ({ name, value })),
    setImages: Object.fromEntries(pairsOf(context, flags, 'set-image')),
    attach: flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin'),
    profile: profileNamed(profile, {
      labels: flags.bool('keep-labels'),
      annotations: flags.bool('keep-annotations'),
      liveness: flags.bool('keep-liveness'),
      readiness: flags.bool('keep-readiness'),
      startup: flags.bool('keep-startup'),
      initContainers: flags.bool('keep-init-containers'),
    }),
    custom: await customOf(flags.text('custom')),
    flags,
    text: (name) => flags.text(name),
    bool: (name) => flags.bool(name),
  };
  validate(context, options);
  if (profile === 'legacy')
    context.host.err(
      '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n',
    );
  return options;
}

function pairsOf(context: Context, flags: FlagSet, name: string): [string, string][] {
  return flags.texts(name).map((pair) => {
    const at = pair.indexOf('=');
    if (at >= 0) return [pair.slice(0, at), pair.slice(at + 1)];
    const quoted = JSON.stringify(pair);
    throw new Failure(
      `invalid argument ${quoted} for "--${name}" flag: ${pair} must be formatted as key=value\nSee '${context.commandPath} --help' for usage.`,
    );
  });
}

async function customOf(file: string): Promise<Record<string, unknown> | undefined> {
  if (file === '') return undefined;
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new Failure(`must pass a container spec json file for custom profile: ${goFileError(thrown, 'open', file)}`);
  }
  const [value] = await parseValues(text, file);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Failure(`${file} does not contain a valid container spec: it is no mapping`);
  return value as Record<string, unknown>;
}

const NEVER_CUSTOM = ['name', 'command', 'image', 'lifecycle', 'volumeDevices'];

function validate(context: Context, options: DebugOptions): void {
  const { flags, words, setImages, targets, custom } = options;
  const image = options.text('image');
  const container = options.text('container');
  const hasImages = Object.keys(setImages).length > 0;
  if (options.attach && flags.changed('attach') && image === '' && container === '')
    throw new Failure('you must specify --container or create a new container using --image in order to attach.');
  if (options.text('copy-to') !== '') {
    if (image === '' && !hasImages && words.length === 0)
      throw new Failure('you must specify --image, --set-image or command arguments.');
    if (words.length > 0 && container === '' && image === '')
      throw new Failure('you must specify an existing container or a new image when specifying args.');
  } else {
    if (options.bool('replace')) throw new Failure('--replace may only be used with --copy-to.');
    if (options.bool('same-node')) throw new Failure('--same-node may only be used with --copy-to.');
    if (hasImages) throw new Failure('--set-image may only be used with --copy-to.');
    if (image === '') throw new Failure('you must specify --image when not using --copy-to.');
  }
  if (image !== '' && !isImageName(image))
    throw new Failure(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (targets.length === 0 && flags.texts('filename').length === 0)
    throw new Failure('NAME or filename is required for debug');
  const policy = options.text('image-pull-policy');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(policy))
    throw new Failure(`invalid image pull policy: ${policy}`);
  for (const [name, set] of Object.entries(setImages))
    if (!isImageName(set))
      throw new Failure(
        `invalid image name ${JSON.stringify(set)} for container ${JSON.stringify(name)}: invalid reference format`,
      );
  const target = options.text('target');
  if (target !== '') {
    if (options.text('copy-to') !== '')
      throw new Failure('--target is incompatible with --copy-to. Use --share-processes instead.');
    if (!options.bool('quiet'))
      context.print(
        `Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
  }
  if (options.bool('tty') && !options.bool('stdin'))
    throw new Failure('-i/--stdin is required for containers with -t/--tty=true');
  if (custom !== undefined && NEVER_CUSTOM.some((field) => isSet(custom[field])))
    throw new Failure('name, command, image, lifecycle and volume devices are not modifiable via custom profile');
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}
