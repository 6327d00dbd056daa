/** Where this package lies, whether it runs as source or bundled. */
import path from 'node:path';

/** The folder that holds `dist/` and `manifests/`. @param file the running file, of `dist/` or `cluster/` */
export function packageRoot(file: string): string {
  const parts = file.split(path.sep);
  const at = Math.max(parts.lastIndexOf('dist'), parts.lastIndexOf('cluster'));
  return parts.slice(0, at).join(path.sep);
}

/** As the manifest's `bin` names them. */
const PROGRAMS = { sampan: 'sampan.js', 'kubectl-lite': 'kubectl-lite.cjs' } as const;

export type ProgramName = keyof typeof PROGRAMS;

/** The built program. @param root the package's folder */
export function programPath(root: string, name: ProgramName): string {
  return path.join(root, 'dist', PROGRAMS[name]);
}
