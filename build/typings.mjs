/**
 * Reads the model typings of `@kubernetes/client-node` as data: for every model its description and, for every field,
 * the wire name, type, format, description and whether it is required, with the fields that the typings do not have yet
 * (`typings-additions.mjs`). The source of everything under `generated/`.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { addFields } from './typings-additions.mjs';

const require = createRequire(import.meta.url);

/** The folder of the client library's generated models. */
export function modelsFolder() {
  return path.join(path.dirname(require.resolve('@kubernetes/client-node')), 'gen', 'models');
}

/** @returns {Map<string, {description: string, fields: {name: string, type: string, format: string, required: boolean, description: string}[]}>} */
export function readModels(folder = modelsFolder()) {
  const models = new Map();
  for (const file of fs.readdirSync(folder).sort()) {
    if (!file.endsWith('.d.ts') || file === 'all.d.ts' || file === 'ObjectSerializer.d.ts') continue;
    const name = file.slice(0, -'.d.ts'.length);
    const source = fs.readFileSync(path.join(folder, `${name}.js`), 'utf8');
    const map = /\.attributeTypeMap = (\[[\s\S]*?\n\]|\[\]);/.exec(source)?.[1];
    if (map === undefined)
      throw new Error(
        `${name}.js: no attributeTypeMap; does build/typings.mjs know this version of @kubernetes/client-node?`,
      );
    const typings = fs.readFileSync(path.join(folder, file), 'utf8');
    const documented = fieldsOf(typings);
    models.set(name, {
      description: commentBefore(typings, typings.indexOf('export declare class')),
      fields: JSON.parse(map).map(({ name: property, baseName, type, format }) => {
        const found = documented.get(property);
        if (found === undefined) throw new Error(`${file}: field ${property} is not declared`);
        return { name: baseName, type, format, required: found.required, description: found.description };
      }),
    });
  }
  return addFields(models);
}

function fieldsOf(typings) {
  const fields = new Map();
  for (const match of typings.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^ {4}'([^']+)'(\?)?: /gm)) {
    fields.set(match[2], { required: match[3] === undefined, description: clean(match[1] ?? '') });
  }
  return fields;
}

function commentBefore(typings, at) {
  const comments = [...typings.slice(0, at).matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\//g)];
  return comments.length < 2 ? '' : clean(comments.at(-1)[1]);
}

function clean(comment) {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
    .replaceAll("\\'", "'")
    .replaceAll('\\"', '"');
}
