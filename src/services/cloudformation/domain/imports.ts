/** What an import may take in. Source: CloudFormation User Guide, "Import AWS resources into a CloudFormation stack": validation, considerations. */
import type { Ctx, ResourceSchema } from '#kernel/contract';
import { alreadyManaged, invalid } from '../errors.ts';
import type { ImportTarget } from '../state.ts';
import type { Change } from './changes.ts';
import { resourcesOfThing } from './find.ts';
import type { Template } from './template.ts';

/** The physical id of what an identifier names. */
export function importedId(identifier: ImportTarget['identifier'], schema: ResourceSchema | undefined): string {
  return (schema?.identifier ?? Object.keys(identifier)).map((name) => identifier[name] ?? '').join('|');
}

/**
 * Source: aws-quickstart/quickstart-awx, issue 38, for the text about policies.
 *
 * @throws {ServiceError} ValidationError for targets that the template does not have, or does not say what becomes of
 */
export function checkTargets(names: readonly string[], { resources }: Template): void {
  const absent = names.filter((name) => !resources.has(name));
  if (absent.length > 0)
    throw invalid(`The following resources to import [${absent.join(', ')}] are not in the template.`);
  const unguarded = names.filter((name) => resources.get(name)?.deletionPolicy === null);
  if (unguarded.length > 0)
    throw invalid(
      `The following resources to import [${unguarded.join(', ')}] must have DeletionPolicy attribute specified in the template.`,
    );
}

const KEPT = new Set<unknown>(['Retain', 'RetainExceptOnCreate']);

/**
 * Source: aws/aws-cdk-cli, pull request 1367.
 *
 * @throws {ServiceError} ValidationError where what is there already would go with the stack
 */
export function checkKept(targets: readonly ImportTarget[], { resources }: Template): void {
  const affected = targets.filter(({ logicalId }) => !KEPT.has(resources.get(logicalId)?.deletionPolicy));
  const named = ({ logicalId, identifier }: ImportTarget) =>
    `${logicalId} ({${Object.entries(identifier)
      .map((pair) => pair.join('='))
      .join(', ')}})`;
  if (affected.length > 0)
    throw invalid(
      `CloudFormation is attempting to import some resources because they already exist in your account. The resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful import. The affected resources are ${affected.map(named).join(', ')}`,
    );
}

/** @throws {ServiceError} ValidationError for a thing that a stack has */
export function checkUnmanaged(type: string, id: string, ctx: Ctx): void {
  const other = resourcesOfThing(id, ctx).find((one) => one.type === type);
  if (other !== undefined) throw alreadyManaged(type, id, other.stackId);
}

const MADE_OF = new Set<string | undefined>(['Properties', 'Tags']);

/**
 * Nothing else is made, changed or removed meanwhile.
 *
 * Deviation: the change set fails; AWS answers the request with this.
 *
 * @throws {ServiceError} ValidationError
 */
export function checkOnlyImports(changes: readonly Change[]): void {
  const other = changes.flatMap(({ ResourceChange: { Action, Scope = [], LogicalResourceId = '' } = {} }) =>
    Action === 'Import' || (Action === 'Modify' && !Scope.some((one) => MADE_OF.has(one))) ? [] : [LogicalResourceId],
  );
  if (other.length > 0)
    throw invalid(
      `You have modified resources [${other.join(', ')}] in your template that are not being imported. Update, create or delete operations cannot be executed during import operations.`,
    );
}
