/** `create deployment|job|cronjob`. */
import { array, integer, text } from '../../command-line/flag.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { pathOf } from '../../discovery.ts';
import type { KubeObject } from '../../documents.ts';
import { Failure } from '../../failure.ts';
import { commandArguments, creation, metadataOf } from './creation.ts';

const imageFlag = array('image', 'the image to run; may be repeated', { required: true });

/** `docker.io/library/nginx:1.27@sha256:…` as a container's name: `nginx`. */
function containerName(image: string): string {
  const [last = ''] = image.split('/').slice(-1);
  const [name = ''] = last.split(/[:@]/);
  return name.replace(/[_.]/g, '-');
}

export const deployment = creation({
  usage: 'NAME --image=IMAGE [flags] [-- COMMAND...]',
  summary: 'make a deployment',
  flags: [imageFlag, integer('port', "the container's port"), integer('replicas,r', 'how many pods', { initial: 1 })],
  build(context, flags, name) {
    const images = flags.texts('image').flatMap((each) => each.split(','));
    const command = commandArguments(flags);
    if (images.length > 1 && command.length > 0)
      throw new Failure('cannot specify multiple --image options and command');
    if (flags.number('replicas') < 0) throw new Failure('invalid replicas');
    const port = flags.number('port');
    const labels = { app: name };
    return {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: metadataOf(context, name, { labels }),
      spec: {
        replicas: flags.number('replicas'),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: images.map((image, at) => ({
              name: containerName(image),
              image,
              ...(command.length === 0 ? {} : { command }),
              ...(port > 0 && at === 0 ? { ports: [{ containerPort: port }] } : {}),
            })),
          },
        },
        strategy: {},
      },
    };
  },
});

const oneImage = text('image', 'the image to run');

export const job = creation({
  usage: 'NAME (--image=IMAGE | --from=cronjob/NAME) [flags] [-- COMMAND...]',
  summary: 'make a job',
  flags: [oneImage, text('from', 'the cron job to run now: cronjob/NAME')],
  async build(context, flags, name) {
    const image = flags.text('image');
    const from = flags.text('from');
    if ((image === '') === (from === '')) {
      if (image === '') throw new Failure('either --image or --from must be specified');
      throw new Failure('either --image or --from must be specified');
    }
    if (from !== '') return jobFrom(context, flags, from, name);
    return {
      kind: 'Job',
      apiVersion: 'batch/v1',
      metadata: metadataOf(context, name),
      spec: { template: jobTemplate(name, image, commandArguments(flags), 'Never') },
    };
  },
});

function jobTemplate(name: string, image: string, command: readonly string[], restartPolicy: string) {
  const container = { name, image, ...(command.length === 0 ? {} : { command }) };
  return { metadata: {}, spec: { containers: [container], restartPolicy } };
}

async function jobFrom(context: Context, flags: FlagSet, from: string, name: string) {
  if (commandArguments(flags).length > 0) throw new Failure('cannot specify --from and command');
  const [type = '', cronJobName, ...more] = from.split('/');
  if (cronJobName === undefined || more.length > 0) throw new Failure('from must be an existing cronjob');
  const resource = await (await context.resources()).resolve(type);
  if (resource.kind !== 'CronJob') throw new Failure(`unknown object type *v1.${resource.kind}`);
  const cron = await context.rest.json<
    KubeObject & { spec: { jobTemplate: { metadata?: Record<string, unknown>; spec: Record<string, unknown> } } }
  >({ path: pathOf(resource, context.namespace, cronJobName) });
  const { metadata = {}, spec } = cron.spec.jobTemplate;
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: metadataOf(context, name, {
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...(metadata.annotations as object | undefined) },
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJobName, uid: cron.metadata.uid, controller: true },
      ],
    }),
    spec,
  };
}

export const cronJob = creation({
  usage: 'NAME --image=IMAGE --schedule="MINUTE HOUR DAY MONTH WEEKDAY" [flags] [-- COMMAND...]',
  summary: 'make a cron job',
  flags: [
    { ...oneImage, required: true },
    text('schedule', 'when to run', { required: true }),
    text('restart', 'OnFailure or Never', { initial: 'OnFailure' }),
  ],
  build(context, flags, name) {
    const template = jobTemplate(name, flags.text('image'), commandArguments(flags), flags.text('restart'));
    return {
      kind: 'CronJob',
      apiVersion: 'batch/v1',
      metadata: metadataOf(context, name),
      spec: { schedule: flags.text('schedule'), jobTemplate: { metadata: { name }, spec: { template } } },
    };
  },
});
