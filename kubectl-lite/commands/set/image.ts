/** `set image`. */
import type { Leaf } from '../../command-line/command.ts';
import { Failure, Failures } from '../../failure.ts';
import { splitPairs } from '../../writing/pairs.ts';
import { podSpecOf } from '../../writing/pod-template.ts';
import { changeEach, setFlags } from './set.ts';

export const image: Leaf = {
  usage: '(-f FILE | TYPE NAME) CONTAINER_1=IMAGE_1 ... CONTAINER_N=IMAGE_N [flags]',
  summary: 'change the images of containers',
  flags: setFlags,
  async run(context, flags) {
    const { resources, pairs } = splitPairs(flags.args, 'image');
    const images = pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new Failure(`invalid image format: ${pair}`);
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    });
    if (resources.length === 0 && flags.texts('filename').length === 0 && images.length > 0)
      throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    if (images.length === 0 && resources.length > 0) throw new Failure('at least one image update is required');
    if (images.length > 1 && images.some(([name]) => name === '*'))
      throw new Failure(
        'all containers are already specified by *, but saw more than one container_name=container_image pairs',
      );
    await changeEach(context, flags, resources, 'image updated', (info) => {
      const spec = podSpecOf(info.object);
      if (spec === undefined)
        throw new Failure(`the object is not a pod or does not have a pod template: ${info.resource.kind}`);
      const missing: Failure[] = [];
      for (const [name, value] of images) {
        const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
        const chosen = containers.filter((container) => name === '*' || container.name === name);
        if (chosen.length === 0) missing.push(new Failure(`error: unable to find container named "${name}"`));
        for (const container of chosen) container.image = value;
      }
      if (missing.length > 0)
        throw missing.length === 1 && missing[0] !== undefined ? missing[0] : new Failures(missing);
      return info.object;
    });
  },
};
