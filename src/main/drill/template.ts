/** A template as a person writes it: checked against FIS's model, so that a typing error is told by its place. */
import type { ServiceModel } from '#kernel/wire';
import { ConfigError } from '../config.ts';

/** @throws {ConfigError} for what has another type than FIS's model says, or a member that FIS does not know */
export function checkTemplate(given: unknown, { shapes }: ServiceModel): void {
  check(given, 'CreateExperimentTemplateRequest', 'template', shapes);
}

function check(value: unknown, shapeName: string, path: string, shapes: ServiceModel['shapes']): void {
  const shape = shapes[shapeName];
  switch (shape?.type) {
    case 'structure': {
      const { members = {} } = shape;
      for (const [name, one] of entriesOf(value, path)) {
        if (!Object.hasOwn(members, name))
          throw new ConfigError(`${path} has no '${name}'; it has ${Object.keys(members).join(', ')}.`);
        check(one, members[name]?.shape ?? '', `${path}.${name}`, shapes);
      }
      return;
    }
    case 'map':
      for (const [name, one] of entriesOf(value, path)) check(one, shape.value?.shape ?? '', `${path}.${name}`, shapes);
      return;
    case 'list':
      if (!Array.isArray(value)) throw new ConfigError(`${path} should be a list.`);
      for (const [index, one] of value.entries()) check(one, shape.member?.shape ?? '', `${path}[${index}]`, shapes);
      return;
    case 'integer':
      if (!Number.isInteger(value)) throw new ConfigError(`${path} should be a whole number.`);
      return;
    default:
      if (typeof value !== 'string') throw new ConfigError(`${path} should be a text.`);
  }
}

function entriesOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(`${path} should be an object.`);
  return Object.entries(value);
}
