/** Flags that several commands share. */
import { array, bool, type Flag, integer, list, text } from './flag.ts';

/** Flags of every command. */
export const globalFlags: readonly Flag[] = [
  text('kubeconfig', 'the kubeconfig to use'),
  text('context', 'the context of the kubeconfig to use'),
  text('cluster', 'the cluster of the kubeconfig to use'),
  text('user', 'the user of the kubeconfig to use'),
  text('namespace,n', 'the namespace'),
  text('server,s', 'the address of the API server'),
  text('token', 'a bearer token to authenticate with'),
  text('username', 'a user name for basic authentication'),
  text('password', 'a password for basic authentication'),
  text('as', 'the user to act as'),
  array('as-group', 'a group to act as; may be repeated'),
  text('as-uid', 'the uid to act as'),
  text('certificate-authority', "a file with the server's authority"),
  text('client-certificate', 'a file with a client certificate'),
  text('client-key', 'a file with its key'),
  bool('insecure-skip-tls-verify', "do not check the server's certificate"),
  text('tls-server-name', "the name expected in the server's certificate"),
  text('request-timeout', 'how long a request may take: 1s, 2m; 0: for ever', { initial: '0' }),
  text('cache-dir', 'where to remember what servers serve'),
  bool('match-server-version', 'taken for compatibility'),
  bool('disable-compression', 'taken for compatibility'),
  bool('warnings-as-errors', 'end with exit code 1 after a warning'),
  text('profile', 'taken for compatibility', { hidden: true }),
  text('profile-output', 'taken for compatibility', { hidden: true }),
  text('kuberc', 'taken for compatibility', { hidden: true }),
  integer('v,v', 'taken for compatibility'),
  text('vmodule', 'taken for compatibility', { hidden: true }),
  text('log-flush-frequency', 'taken for compatibility', { hidden: true }),
];

export const fileFlags: readonly Flag[] = [
  list('filename,f', 'a file or directory, - for standard input; may be repeated'),
  bool('recursive,R', 'go into directories below the one given'),
  text('kustomize,k', 'refused: kubectl-lite does not build kustomizations'),
];

export const selectorFlag = text('selector,l', 'only those with these labels: a=b,c!=d,e in (f,g)');
export const fieldSelectorFlag = text('field-selector', 'only those with these fields: metadata.name=a');
export const allNamespacesFlag = bool('all-namespaces,A', 'in all namespaces');
export const chunkSizeFlag = integer('chunk-size', 'ask for long lists in pieces of so many; 0: at once', {
  initial: 500,
});

export const OUTPUT_HELP =
  'json, yaml, name, jsonpath=, jsonpath-file=, jsonpath-as-json=, go-template= or go-template-file=';

/** `-o` and what goes with it, where objects are printed. */
export const printFlags: readonly Flag[] = [
  text('output,o', OUTPUT_HELP),
  text('template', 'the template of -o go-template or jsonpath, or a file with it'),
  bool('show-managed-fields', 'keep managedFields'),
  bool('allow-missing-template-keys', 'print nothing for what a template names and is not there', { initial: true }),
];

export const dryRunFlag = text('dry-run', 'none; client: only print; server: try, but keep nothing', {
  initial: 'none',
  bare: 'unchanged',
});

export const validateFlag = text('validate', 'strict (true), warn or ignore (false) fields that are unknown', {
  initial: 'strict',
  bare: 'strict',
});

export const overwriteFlag = (help: string): Flag => bool('overwrite', help);

export const fieldManager = (initial: string): Flag =>
  text('field-manager', 'the name under which fields are owned', { initial });

/** `create KIND` and its like. */
export const creationFlags = (manager: string): readonly Flag[] => [
  ...printFlags,
  dryRunFlag,
  validateFlag,
  fieldManager(manager),
  bool('save-config', 'keep the configuration in an annotation, for a later apply'),
];
