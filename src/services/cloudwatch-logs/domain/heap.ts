/** A binary heap: the least of what it holds comes first. */
export class Heap<Item> {
  #items: Item[] = [];
  #compare: (a: Item, b: Item) => number;

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = items[above] as Item;
      if (this.#compare(other, item) <= 0) break;
      items[at] = other;
      at = above;
    }
    items[at] = item;
  }

  /** Takes the first out. */
  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) {
      items[0] = last;
      this.sink();
    }
    return first;
  }

  /** Puts the first where it belongs, after it has changed. */
  sink(): void {
    const items = this.#items;
    const item = items[0] as Item;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#compare(items[below + 1] as Item, items[below] as Item) < 0) below += 1;
      const other = items[below] as Item;
      if (this.#compare(item, other) <= 0) break;
      items[at] = other;
      at = below;
    }
    items[at] = item;
  }
}
