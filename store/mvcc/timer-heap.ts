/** Items by time, the earliest first: a binary heap. An item may be in it more than once; whoever takes it checks. */
export class TimerHeap<T> {
  readonly #heap: { readonly atMs: number; readonly item: T }[] = [];

  add(atMs: number, item: T): void {
    const heap = this.#heap;
    const added = { atMs, item };
    let at = heap.length;
    heap.push(added);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || parent.atMs <= atMs) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = added;
  }

  nextMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** The earliest item, if its time has come. */
  takeDue(nowMs: number): T | undefined {
    const heap = this.#heap;
    const top = heap[0];
    if (top === undefined || top.atMs > nowMs) return undefined;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top.item;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = heap[childAt];
      if (child === undefined) break;
      const right = heap[childAt + 1];
      if (right !== undefined && right.atMs < child.atMs) {
        child = right;
        childAt++;
      }
      if (child.atMs >= last.atMs) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
    return top.item;
  }
}
