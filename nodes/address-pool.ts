/** The pod addresses of one node: the lowest free one of its CIDR, .0 (network), .1 (gateway) and the last left out. */
export class AddressPool {
  readonly #base: number;
  readonly #size: number;
  readonly #used = new Set<number>();
  #next = 2;

  /** @param cidr IPv4: `10.244.3.0/24` */
  constructor(cidr: string) {
    const [address = '', bits = '24'] = cidr.split('/');
    this.#base = address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
    this.#size = 2 ** (32 - Number(bits));
  }

  /** Takes an address, going round so that one is not used again at once. Undefined when all are taken. */
  take(): string | undefined {
    const usable = this.#size - 3;
    for (let tried = 0; tried < usable; tried++) {
      const offset = this.#next;
      this.#next = this.#next + 1 >= this.#size - 1 ? 2 : this.#next + 1;
      if (this.#used.has(offset)) continue;
      this.#used.add(offset);
      return dotted(this.#base + offset);
    }
    return undefined;
  }

  release(address: string): void {
    const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    this.#used.delete(value - this.#base);
  }
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
