/** Names of stacks, and of sets of them. */
import { invalid } from '../errors.ts';

/**
 * Source: CloudFormation API Reference, CreateStack, "StackName", and CreateStackSet, "StackSetName": letters, digits and hyphens, a letter first, at most 128.
 *
 * @throws {ServiceError} ValidationError
 */
export function checkName(name: string, member: 'stackName' | 'stackSetName'): void {
  const fault =
    name.length > 128
      ? 'Member must have length less than or equal to 128'
      : /^[a-zA-Z][-a-zA-Z0-9]*$/.test(name)
        ? undefined
        : 'Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*';
  if (fault !== undefined)
    throw invalid(`1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: ${fault}`);
}
