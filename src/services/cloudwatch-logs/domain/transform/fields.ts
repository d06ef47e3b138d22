/** Fields of a transformed event, by their paths: `outer.inner`, `list[0]`. */

export type Fields = { [name: string]: unknown };

/** Depth of a path, and of what is set along one. */
const DEPTH_MAX = 20;

function stepsOf(path: string): string[] {
  return path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .slice(0, DEPTH_MAX);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** The object in which a path ends, and its last name; made on the way where asked for. */
function placeOf(fields: Fields, path: string, make: boolean): { holder: Fields; name: string } | undefined {
  const steps = stepsOf(path);
  const name = steps.pop() ?? '';
  let holder: Fields = fields;
  for (const step of steps) {
    const next = Object.hasOwn(holder, step) ? holder[step] : undefined;
    if (isFields(next)) holder = next;
    else if (make && next === undefined) holder = own(holder, step, {}) as Fields;
    else return undefined;
  }
  return { holder, name };
}

/** Sets a member whatever its name: `__proto__` is a name like any other. */
function own(holder: Fields, name: string, value: unknown): unknown {
  Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

/** The value at a path; undefined where there is none. */
export function getField(fields: Fields, path: string): unknown {
  const place = placeOf(fields, path, false);
  return place !== undefined && Object.hasOwn(place.holder, place.name) ? place.holder[place.name] : undefined;
}

/** Sets a value; one that is there only where it may be overwritten. */
export function setField(fields: Fields, path: string, value: unknown, overwrite = true): void {
  const place = placeOf(fields, path, true);
  if (place === undefined || (!overwrite && Object.hasOwn(place.holder, place.name))) return;
  own(place.holder, place.name, value);
}

/** Takes a value away, if there is one. */
export function deleteField(fields: Fields, path: string): void {
  const place = placeOf(fields, path, false);
  if (place !== undefined) delete place.holder[place.name];
}
