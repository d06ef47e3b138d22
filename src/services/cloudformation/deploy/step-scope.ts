/** What a type of resource is given for one step. */
import type { Ctx, Properties, ResourceScope, ResourceType } from '#kernel/contract';
import { type OperationRow, putResource, type ResourceRow, type StackRow, stackResources } from '../state.ts';
import { Later } from './later.ts';

/** A deployment as its steps see it. */
export type Work = { stack: StackRow; operation: OperationRow; ctx: Ctx };

/** What CloudFormation's own types are given besides: they last, and remember what they have begun. */
export type OwnScope = ResourceScope & {
  readonly ctx: Ctx;
  readonly work: Work;
  readonly row: ResourceRow;
  /** What this step has noted before it was interrupted. */
  readonly noted: string | undefined;
  /** Notes what has been begun, in a transaction: of a step that makes a thing, the thing's physical id. */
  note(text: string): void;
};

/** A type of CloudFormation's own. */
export type OwnType = {
  create(properties: Properties, scope: OwnScope): ReturnType<ResourceType['create']>;
  update?(id: string, properties: Properties, before: Properties, scope: OwnScope): ReturnType<ResourceType['create']>;
  delete(id: string, properties: Properties, scope: OwnScope): Promise<void>;
  read?(id: string, properties: Properties, scope: OwnScope): Promise<Properties | undefined>;
  replaces?(properties: Properties, before: Properties): boolean;
  /** What it is made from lies elsewhere: it is looked at in every update. */
  isDeep?: true;
  /** References to secrets reach it as they are. */
  getsNoSecrets?: true;
  /** Codes of errors that a step is tried again for. */
  passing?: readonly string[];
};

/** The scope of one step. */
export function stepScope(row: ResourceRow, again: boolean, work: Work): OwnScope {
  const { stack, operation, ctx } = work;
  const system = {
    'aws:cloudformation:stack-name': stack.name,
    'aws:cloudformation:stack-id': stack.id,
    'aws:cloudformation:logical-id': row.logicalId,
  };
  const note = (text: string) => {
    const now = ctx.store.get(stackResources, row);
    if (now?.step !== undefined) putResource(ctx.store, { ...now, step: { ...now.step, noted: text } });
  };
  return {
    aws: ctx.awsWith(operation.pass),
    awsIn: (region) => ctx.awsWith(operation.pass, region),
    account: ctx.account,
    region: ctx.region,
    partition: ctx.partition,
    stackId: stack.id,
    stackName: stack.name,
    logicalId: row.logicalId,
    tags: { ...operation.target.tags, ...system },
    tagsBefore: { ...stack.source.tags, ...system },
    again,
    name(lengthMax, isShort = false) {
      const suffix = row.step?.suffix ?? '';
      if (isShort) return `${row.logicalId.slice(0, lengthMax - suffix.length - 1)}-${suffix}`;
      const room = lengthMax - suffix.length - 2;
      // Both halves are shortened alike, as CloudFormation does.
      const half = Math.floor(room / 2);
      const logical = row.logicalId.slice(0, Math.max(half, room - stack.name.length));
      return `${stack.name.slice(0, room - logical.length)}-${logical}-${suffix}`;
    },
    later(millis) {
      throw new Later(millis);
    },
    ctx,
    work,
    row,
    noted: row.step?.noted,
    note,
    begun: (id) => ctx.transact(() => note(id)),
  };
}
