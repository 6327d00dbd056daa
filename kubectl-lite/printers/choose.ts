/** `-o`: which printer a command line asks for. */
import fs from 'node:fs';
import type { FlagSet } from '../command-line/flag-set.ts';
import { Failure } from '../failure.ts';
import { goFileError } from '../kubeconfig.ts';
import { goJson, jsonText, objectName, presentable, sortedKeys, yamlText } from './objects.ts';

/** Prints an object, or a list; several calls make one output. */
export type ObjectPrinter = (object: Record<string, unknown>) => string;

const TEMPLATES =
  'go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml';
export const GET_FORMATS =
  'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml';

/** The printer of `-o`; undefined when nothing was asked for. @throws Failure for an unknown format */
export async function printerOf(flags: FlagSet, formats = TEMPLATES): Promise<ObjectPrinter | undefined> {
  const output = flags.text('output');
  const template = flags.text('template');
  if (output === '') return template === '' ? undefined : goTemplatePrinter(template, flags);
  const showManaged = flags.bool('show-managed-fields');
  if (output === 'json') return (object) => jsonText(object, showManaged);
  if (output === 'yaml') {
    let printed = 0;
    return (object) => `${printed++ > 0 ? '---\n' : ''}${yamlText(object, showManaged)}`;
  }
  if (output === 'name') return namePrinter;
  const [format = '', argument] = splitOnce(output);
  switch (format) {
    case 'jsonpath':
    case 'jsonpath-as-json':
    case 'jsonpath-file':
      return jsonPathPrinter(format, argument ?? template, flags);
    case 'go-template':
    case 'template':
      return goTemplatePrinter(wanted(argument ?? template, 'template'), flags);
    case 'go-template-file':
    case 'templatefile':
      return goTemplatePrinter(fileOf(wanted(argument ?? template, 'template')), flags);
    default:
      throw noPrinter(output, formats);
  }
}

export function noPrinter(output: string, formats = TEMPLATES): Failure {
  return new Failure(
    `unable to match a printer suitable for the output format "${output}", allowed formats are: ${formats}`,
  );
}

export function splitOnce(output: string): [string, string | undefined] {
  const at = output.indexOf('=');
  return at < 0 ? [output, undefined] : [output.slice(0, at), output.slice(at + 1)];
}

function wanted(argument: string, what: string): string {
  if (argument === '') throw new Failure(`${what} format specified but no ${what} given`);
  return argument;
}

export function fileOf(name: string): string {
  try {
    return fs.readFileSync(name, 'utf8');
  } catch (thrown) {
    throw new Failure(`error reading --template ${name}, ${goFileError(thrown, 'open', name)}`);
  }
}

function namePrinter(object: Record<string, unknown>): string {
  const { items } = object;
  if (Array.isArray(items) && String(object.kind).endsWith('List'))
    return items.map((item) => `${objectName(item as never)}\n`).join('');
  return `${objectName(object as never)}\n`;
}

async function jsonPathPrinter(format: string, argument: string, flags: FlagSet): Promise<ObjectPrinter> {
  const template = format === 'jsonpath-file' ? fileOf(wanted(argument, 'template')) : wanted(argument, 'template');
  const { JsonPath } = await import('./jsonpath.ts');
  const path = new JsonPath(template, { allowMissing: flags.bool('allow-missing-template-keys') });
  return (object) => {
    const data = presentable(object, flags.bool('show-managed-fields'));
    try {
      return format === 'jsonpath-as-json'
        ? `${goJson(
            path.results(data).flatMap((values) => values.map(sortedKeys)),
            4,
          )}\n`
        : path.render(data);
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.message.startsWith('error')) throw thrown;
      throw new Failure(
        `error: error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${thrown.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goJson(sortedKeys(data))}\n`,
      );
    }
  };
}

async function goTemplatePrinter(template: string, flags: FlagSet): Promise<ObjectPrinter> {
  const { GoTemplate } = await import('./go-template.ts');
  const compiled = new GoTemplate(template, flags.bool('allow-missing-template-keys'));
  return (object) => compiled.render(presentable(object, flags.bool('show-managed-fields')));
}
