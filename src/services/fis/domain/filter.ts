/** Resource filters: paths into what a service says of a resource. */
import type { ExperimentTemplateTargetFilter } from '#models/fis';

/**
 * Whether a resource passes: all filters, of each any value.
 *
 * @param described as the service's Describe or List operation shows the resource
 * @see FIS User Guide, "Resource filters"
 */
export function passes(described: object, filters: readonly ExperimentTemplateTargetFilter[]): boolean {
  return filters.every(({ path = '', values = [] }) =>
    at(described, path.split('.')).some((one) => values.includes(one)),
  );
}

/** The values at a path, as texts; of lists, those of each element. */
function at(value: unknown, [name, ...rest]: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => at(one, name === undefined ? [] : [name, ...rest]));
  if (name === undefined)
    return value === undefined || value === null || typeof value === 'object' ? [] : [String(value)];
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  return at((value as Record<string, unknown>)[name], rest);
}
