/** What is wrong with a property of a resource, and how CloudFormation says it. */

/** `path`: `#/Tags/0`, of what has it or should have it. */
export type Fault = { path: string } & (
  | { kind: 'missing' | 'unsupported'; name: string }
  | { kind: 'type'; expected: string; found: string }
  | { kind: 'enum'; value: string; allowed: readonly (string | number)[] }
);

/** As a resource's step says it. Source of the text about lists: aws-samples/aws-bookstore-demo-app, issue 56. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case 'missing':
      return `${fault.path}: required key [${fault.name}] not found`;
    case 'unsupported':
      return `${fault.path}: extraneous key [${fault.name}] is not permitted`;
    case 'type':
      return `${fault.path}: expected type: ${fault.expected}, found: ${fault.found}`;
    case 'enum':
      return `${fault.path}: failed validation constraint for keyword [enum]`;
  }
}

/**
 * As it is told before anything is made.
 * Source: aws/aws-cdk-cli, pull request 1463; outputs of `cdk deploy` and events as users have published them. Deviation: AWS's text about types is not known.
 */
export function issueText(fault: Fault): string {
  switch (fault.kind) {
    case 'missing':
      return `Required property [${fault.name}] not found`;
    case 'unsupported':
      return `Unsupported property [${fault.name}]`;
    case 'type':
      return `expected type: ${fault.expected}, found: ${fault.found}`;
    case 'enum':
      return `${fault.value} is not a valid enum value. Supported values: [${fault.allowed.join(', ')}]`;
  }
}
