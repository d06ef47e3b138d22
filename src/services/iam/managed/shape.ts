/** How a policy that AWS manages is written down here. */

type Statement = {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource: string | string[];
  Condition?: { [operator: string]: { [key: string]: string | string[] } };
};

export type Written = { path?: string; description: string; statements: Statement[] };

/** Policies by name. */
export type WrittenPolicies = { [name: string]: Written };

/** One statement that allows actions on everything. */
export function allow(Action: string | string[], Sid?: string): Statement {
  return { ...(Sid !== undefined && { Sid }), Effect: 'Allow', Action, Resource: '*' };
}
