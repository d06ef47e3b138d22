/** IAM's own words for names and paths with characters that it does not take. Source: answers to CreateRole, CreateUser and CreatePolicy as users report them. */
import type { Voice } from '#kernel/contract';
import { validation } from './errors.ts';

const NAME = /^(UserName|GroupName|RoleName|PolicyName|InstanceProfileName|NewUserName|NewGroupName)$/;
const PATH = /^(Path|NewPath|PathPrefix)$/;

export const voice: Voice = {
  invalid: (failures, usual) => {
    const [failure] = failures;
    const name = String(failure?.path[0]);
    const shown = name.charAt(0).toLowerCase() + name.slice(1);
    if (failures.length !== 1 || failure?.kind !== 'pattern') return usual(failures);
    if (NAME.test(name))
      return validation(
        `The specified value for ${shown} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
      );
    if (PATH.test(name))
      return validation(
        `The specified value for ${shown} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
      );
    return usual(failures);
  },
};
