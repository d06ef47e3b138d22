/**
 * IAM's own words for what is wrong with a request: it repeats no values, tells of the texts of a list at once, and says of
 * names and paths what they may contain. Source: recorded answers, and those to CreateRole, CreateUser and CreatePolicy as users report them.
 */
import type { Voice } from '#kernel/contract';
import { validation } from './errors.ts';

type Failure = Parameters<Voice['invalid']>[0][number];

const NAME = /^(UserName|GroupName|RoleName|PolicyName|InstanceProfileName|NewUserName|NewGroupName)$/;
const PATH = /^(Path|NewPath|PathPrefix)$/;

export const voice: Voice = {
  missingToken: 'Request is missing Authentication Token',
  invalid: (failures) => {
    const [failure] = failures;
    const name = String(failure?.path[0]);
    if (failures.length === 1 && failure?.kind === 'pattern') {
      if (NAME.test(name))
        return validation(
          `The specified value for ${lowered(name)} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
        );
      if (PATH.test(name))
        return validation(
          `The specified value for ${lowered(name)} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
        );
    }
    const texts = [...new Set(failures.map(textOf))];
    return validation(`${texts.length} validation error${texts.length === 1 ? '' : 's'} detected: ${texts.join('; ')}`);
  },
};

const lowered = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

function textOf(failure: Failure): string {
  const isElement = typeof failure.path.at(-1) === 'number';
  const steps = isElement ? failure.path.slice(0, -1) : failure.path;
  const at = steps.map((step) => (typeof step === 'number' ? `${step}.member` : lowered(step))).join('.');
  const demanded = isElement ? `Member must satisfy constraint: [${demandsOf(failure).join(', ')}]` : demandOf(failure);
  return `Value at '${at}' failed to satisfy constraint: ${demanded}`;
}

const lengthMax = (max: number | undefined) => `Member must have length less than or equal to ${max}`;
const lengthMin = (min: number | undefined) => `Member must have length greater than or equal to ${min}`;
const pattern = (text: string | undefined) => `Member must satisfy regular expression pattern: ${text}`;
const NOT_NULL = 'Member must not be null';

/** All that is asked of a text in a list. */
function demandsOf({ shape }: Failure): string[] {
  return [
    ...(shape.max === undefined ? [] : [lengthMax(shape.max)]),
    ...(shape.min === undefined ? [] : [lengthMin(shape.min)]),
    // Only of those with a pattern is this told, too.
    ...(shape.pattern === undefined ? [] : [pattern(shape.pattern), NOT_NULL]),
    ...(shape.enum === undefined ? [] : ['Member must satisfy enum value set']),
  ];
}

function demandOf({ kind, min, max, value, size, pattern: wanted }: Failure): string {
  switch (kind) {
    case 'required':
      return NOT_NULL;
    case 'enum':
      return 'Member must satisfy enum value set';
    case 'pattern':
      return pattern(wanted);
    case 'unique':
      return 'Member must have unique values';
    case 'range':
      return min !== undefined && Number(value) < min
        ? `Member must have value greater than or equal to ${min}`
        : `Member must have value less than or equal to ${max}`;
    case 'length':
      return min !== undefined && size !== undefined && size < min ? lengthMin(min) : lengthMax(max);
  }
}
