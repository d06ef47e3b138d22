/** Lookup tables: texts in rows and columns, found by a key or by a network. */
import { parseAddress } from './insights/ip.ts';

export class Table {
  readonly columns: readonly string[];
  readonly #rows: readonly (readonly string[])[];
  readonly #indexes = new Map<string, ReadonlyMap<string, readonly string[]>>();
  readonly #networks = new Map<number, readonly Network[]>();

  /** @param records the first one names the columns */
  constructor([columns = [], ...rows]: readonly (readonly string[])[]) {
    this.columns = columns;
    this.#rows = rows;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** The first row that has these values in these columns, by the names of its columns. */
  find(names: readonly string[], values: readonly string[]): ReadonlyMap<string, string> | undefined {
    const id = JSON.stringify(names);
    let index = this.#indexes.get(id);
    if (index === undefined) {
      const places = names.map((name) => this.columns.indexOf(name));
      const entries = this.#rows.map((row) => [JSON.stringify(places.map((at) => row[at] ?? '')), row] as const);
      this.#indexes.set(id, (index = new Map(entries.toReversed())));
    }
    return this.#named(index.get(JSON.stringify(values)));
  }

  /** The row of the smallest network in a column that an address lies in. */
  findNetwork(column: string, text: string): ReadonlyMap<string, string> | undefined {
    const address = parseAddress(text);
    if (address === undefined) return undefined;
    const at = this.columns.indexOf(column);
    let networks = this.#networks.get(at);
    if (networks === undefined) {
      networks = this.#rows
        .flatMap((row) => networkOf(row, row[at] ?? '') ?? [])
        .toSorted((a, b) => (a.shift < b.shift ? -1 : a.shift > b.shift ? 1 : 0));
      this.#networks.set(at, networks);
    }
    const { family, bits } = address;
    return this.#named(networks.find((one) => one.family === family && one.base === bits >> one.shift)?.row);
  }

  #named(row: readonly string[] | undefined): ReadonlyMap<string, string> | undefined {
    return row && new Map(this.columns.map((column, index) => [column, row[index] ?? '']));
  }
}

type Network = { family: 4 | 6; base: bigint; shift: bigint; row: readonly string[] };

/** `10.0.0.0/8`, or an address alone. */
function networkOf(row: readonly string[], text: string): Network | undefined {
  const [net = '', length] = text.trim().split('/');
  const address = parseAddress(net);
  if (address === undefined) return undefined;
  const width = address.family === 4 ? 32 : 128;
  const bits = length === undefined ? width : Number(length);
  if (!Number.isInteger(bits) || bits < 0 || bits > width) return undefined;
  const shift = BigInt(width - bits);
  return { family: address.family, base: address.bits >> shift, shift, row };
}
