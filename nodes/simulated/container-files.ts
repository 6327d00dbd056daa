/**
 * The files of a simulated container: those that its commands wrote or took away. What came with its image or its volumes
 * is taken as there; below `/tmp` there is nothing but what was written.
 */
export class ContainerFiles {
  readonly #written = new Map<string, string>();
  readonly #removed = new Set<string>();
  readonly #mountPaths: readonly string[];

  /** @param mountPaths where volumes are mounted */
  constructor(mountPaths: readonly string[]) {
    this.#mountPaths = mountPaths;
  }

  has(path: string): boolean {
    if (this.#written.has(path)) return true;
    if (this.#removed.has(path)) return false;
    return !path.startsWith('/tmp/') || this.#mountPaths.some((mount) => isBelow(path, mount));
  }

  /** What commands wrote to it. */
  read(path: string): string {
    return this.#written.get(path) ?? '';
  }

  write(path: string, text: string, append: boolean): void {
    this.#removed.delete(path);
    this.#written.set(path, (append ? this.read(path) : '') + text);
  }

  /** With what is below it. */
  remove(path: string): void {
    for (const each of [...this.#written.keys()]) if (isBelow(each, path)) this.#written.delete(each);
    this.#removed.add(path);
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
