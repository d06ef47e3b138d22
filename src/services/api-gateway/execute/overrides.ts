/** What templates put in the place of parameters. Source: API Gateway Developer Guide, "Override your API's request and response parameters and status codes". */

/** By the names of parameters; a list stands for a header with several values. */
export type Overrides = { [name: string]: unknown };

/** A map in which each name is set once: an override is final. @throws {RangeError} from then on, for whoever sets a name again */
export function once<Value extends object>(values: Value): Value {
  return new Proxy(values, {
    defineProperty(target, name, property) {
      // The maps themselves are there from the beginning.
      if (Object.hasOwn(target, name) && name !== 'header')
        throw new RangeError(`${String(name)} has been overridden before`);
      return Reflect.defineProperty(target, name, property);
    },
  });
}

/** Overrides as texts, lists with commas between their values. */
export function asTexts(overrides: Overrides): Record<string, string> {
  const entries = Object.entries(overrides).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(',') : value,
  ]);
  return Object.fromEntries(entries);
}
