/**
 * Writes `generated/`: the TypeScript types of the wire form, the schemas (`build/schemas.mjs`), the
 * rules by which objects are written (`build/wire-form.mjs`) and the columns' descriptions (`build/column-docs.mjs`).
 * Nothing in that folder is committed; `npm run build` makes it anew when it is missing or stale.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeColumnDocs } from './column-docs.mjs';
import { writeSchemas } from './schemas.mjs';
import { readModels } from './typings.mjs';
import { makeWireForm, writeWireForm } from './wire-form.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The wire type of a field: times are strings there (the client library's classes say Date). */
function wireType(type, format) {
  if (format === 'int-or-string' || type === 'IntOrString') return 'number | string';
  return type
    .replace(/\bDate\b|\bV1MicroTime\b/g, 'string')
    .replace(/\bany\b/g, 'unknown')
    .replace(/\bSet<string>/g, 'Array<string>');
}

function typesOf(models) {
  const lines = [
    '/** The wire form of the Kubernetes API, generated from the typings of @kubernetes/client-node. Do not edit. */',
    '',
  ];
  for (const [name, model] of models) {
    lines.push(`export interface ${name} {`);
    for (const field of model.fields) {
      const key = /^[A-Za-z_$][\w$]*$/.test(field.name) ? field.name : JSON.stringify(field.name);
      const type = wireType(field.type, field.format);
      lines.push(field.required ? `  ${key}: ${type};` : `  ${key}?: ${type} | undefined;`);
    }
    lines.push('}', '');
  }
  return lines.join('\n');
}

export function generate() {
  const folder = path.join(root, 'generated');
  fs.mkdirSync(folder, { recursive: true });
  const models = readModels();
  fs.writeFileSync(path.join(folder, 'kubernetes.d.ts'), typesOf(models));
  const wireForm = makeWireForm();
  writeSchemas(folder, wireForm);
  writeWireForm(folder, wireForm);
  writeColumnDocs(folder);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) generate();
