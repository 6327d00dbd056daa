/** The add-ons of `manifests/addons/`: created where they are missing; what a user changed or holds is left alone. */
import fs from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import {
  type ApiObject,
  type Client,
  isAlreadyExists,
  isNotFound,
  type ResourceRef,
} from '../controllers/runtime/client.ts';
import { configMaps, daemonSets, deployments, serviceAccounts, services } from '../controllers/runtime/resources.ts';

const KINDS: readonly ResourceRef[] = [serviceAccounts, configMaps, services, deployments, daemonSets];

/** @param folder holds the YAML files, each of one or more documents */
export async function createAddons(client: Client, folder: string): Promise<void> {
  const objects = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => parseAllDocuments(fs.readFileSync(path.join(folder, name), 'utf8')))
    .map((document) => document.toJS() as ApiObject | null)
    .filter((object) => object !== null);
  // What others refer to comes first.
  const rank = (object: ApiObject): number => KINDS.findIndex(({ kind }) => kind === object.kind);
  for (const object of objects.sort((a, b) => rank(a) - rank(b))) {
    const ref = KINDS.find(({ kind }) => kind === object.kind);
    if (ref === undefined) throw new Error(`${folder}: add-ons hold no objects of kind ${object.kind}`);
    if (await exists(client, ref, object)) continue;
    await client.create(ref, object).catch((thrown) => {
      if (!isAlreadyExists(thrown)) throw thrown;
    });
  }
}

async function exists(client: Client, ref: ResourceRef, { metadata }: ApiObject): Promise<boolean> {
  try {
    await client.get(ref, metadata?.name ?? '', metadata?.namespace);
    return true;
  } catch (thrown) {
    if (isNotFound(thrown)) return false;
    throw thrown;
  }
}
