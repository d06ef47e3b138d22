/** What is made once for each text that it is made from: also that nothing can be made of it, as finding that out costs as much. */
export class Made<T> {
  #made = new Map<string, () => T>();

  /** @throws what `make` throws */
  of(text: string, make: () => T): T {
    let made = this.#made.get(text);
    if (made === undefined) this.#made.set(text, (made = outcome(make)));
    return made();
  }
}

function outcome<T>(make: () => T): () => T {
  try {
    const value = make();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
