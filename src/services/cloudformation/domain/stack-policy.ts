/** Stack policies: which resources an update may not touch. Source: CloudFormation User Guide, "Prevent updates to stack resources". */
import { isLike } from '#kernel/base';
import { invalid } from '../errors.ts';

type Statement = {
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: { [operator: string]: { ResourceType?: string | string[] } };
};

/** One without statements is refused, too; the words are ours. Source: alienplatform/alien, pull request 158. @throws {ServiceError} ValidationError */
export function checkPolicy(text: string): void {
  if (statementsOf(text).length === 0)
    throw invalid('Error validating stack policy: At least one statement is required');
}

function statementsOf(text: string): Statement[] {
  let policy: { Statement?: Statement | Statement[] };
  try {
    policy = JSON.parse(text);
  } catch {
    throw invalid('Error validating stack policy: Malformed input-Template is not valid JSON');
  }
  const statements = [policy?.Statement ?? []].flat();
  for (const one of statements) {
    if (!['Allow', 'Deny'].includes(one?.Effect) || (one.Action ?? one.NotAction) === undefined)
      throw invalid('Error validating stack policy: Unknown Effect or missing Action in a statement');
    const { Action, NotAction, Resource, NotResource, Condition = {} } = one;
    const types = conditionsOf(Condition).map(({ ResourceType }) => ResourceType);
    if (![Action, NotAction, Resource, NotResource, ...types].every(isTextOrTexts))
      throw invalid('Error validating stack policy: Action, Resource and ResourceType must be texts or lists of texts');
  }
  return statements;
}

function isTextOrTexts(value: unknown): boolean {
  return value === undefined || [value].flat().every((one) => typeof one === 'string');
}

/** @throws {ServiceError} ValidationError */
function conditionsOf(condition: unknown): { ResourceType?: string | string[] }[] {
  const isMap = (value: unknown) => value !== null && typeof value === 'object' && !Array.isArray(value);
  const all = isMap(condition) ? Object.values(condition as object) : [undefined];
  if (!all.every(isMap)) throw invalid('Error validating stack policy: Condition must be an object of objects');
  return all;
}

/** Why a policy does not let an update do this; undefined where it does, and where there is no policy. */
export function deniedBy(
  policy: string | undefined,
  action: 'Modify' | 'Replace' | 'Delete',
  logicalId: string,
  type: string,
): string | undefined {
  if (policy === undefined) return undefined;
  const asked = `Update:${action}`;
  const matching = statementsOf(policy)
    .map((statement, index) => ({ statement, number: index + 1 }))
    .filter(({ statement }) => fits(statement, asked, `LogicalResourceId/${logicalId}`, type));
  const denial = matching.find(({ statement }) => statement.Effect === 'Deny');
  if (denial !== undefined)
    return `Action denied by stack policy: Statement [#${denial.number}] does not allow [${asked}] for resource [${logicalId}]`;
  // What nobody allows is denied.
  return matching.length > 0
    ? undefined
    : `Action denied by stack policy: no statement allows [${asked}] for resource [${logicalId}]`;
}

function fits(statement: Statement, action: string, resource: string, type: string): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const isAction = Action === undefined ? !like(NotAction, action) : like(Action, action);
  const isResource = Resource === undefined ? !like(NotResource, resource) : like(Resource, resource);
  const isType = conditionsOf(Condition).every(
    ({ ResourceType }) => ResourceType === undefined || like(ResourceType, type),
  );
  return isAction && isResource && isType;
}

/** Stars stand for anything. */
function like(patterns: string | string[] | undefined, text: string): boolean {
  return [patterns ?? []].flat().some((pattern) => isLike(pattern.toLowerCase(), text.toLowerCase()));
}
