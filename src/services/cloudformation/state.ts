/** What CloudFormation keeps: stacks, their resources, what happened to them, what they export, and what is being done. */
import type { Millis } from '#kernel/base';
import type { OutputOf, Pass } from '#kernel/contract';
import { type BlobRef, type StoreView, table } from '#kernel/store';
import type { DeploymentConfig } from '#models/cloudformation';

type StackShape = NonNullable<OutputOf<'cloudformation', 'DescribeStacks'>['Stacks']>[number];
type ResourceShape = NonNullable<OutputOf<'cloudformation', 'DescribeStackResources'>['StackResources']>[number];
export type StackStatus = StackShape['StackStatus'];
export type ResourceStatus = ResourceShape['ResourceStatus'];

/** What a stack is made from. */
export type Source = {
  /** The template as it was given. */
  template: BlobRef;
  /** After transforms; absent where there are none. */
  processed?: BlobRef;
  /** By name; as given, before SSM parameters are looked up. */
  parameters: { [name: string]: string };
  /** Names of parameters that are not to be echoed; absent where the template has to be asked. */
  hidden?: string[];
  /** SSM parameters, as they were when they were looked up. */
  looked: { [name: string]: string };
  tags: { [key: string]: string };
};

export type Output = { key: string; value: string; description?: string; exportName?: string };

/** An operation as events tell of it. */
export type OperationEntry = Required<NonNullable<StackShape['LastOperations']>[number]> & {
  /** The request that began it: its token, and a digest of all that it said. */
  mark?: { token: string; request: string };
};

export type StackRow = {
  id: string;
  name: string;
  /** The name while it lives: what the index of names holds. */
  liveName?: string;
  status: StackStatus;
  reason?: string;
  description?: string;
  source: Source;
  outputs: Output[];
  capabilities: string[];
  roleArn?: string;
  notificationArns: string[];
  timeoutMinutes?: number;
  disableRollback: boolean;
  /** As it was last asked for. */
  deployment?: DeploymentConfig;
  onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';
  isProtected: boolean;
  /** Alarms that make an operation go back, and for how long they are watched once all is made. */
  rollback?: { triggers: { arn: string; type: string }[]; minutes: number };
  drift?: { status: 'DRIFTED' | 'IN_SYNC'; at: Millis };
  parentId?: string;
  rootId?: string;
  policy?: string;
  changeSetId?: string;
  createdAt: Millis;
  updatedAt?: Millis;
  deletedAt?: Millis;
  /** It went, or goes, whatever of it can't be removed. */
  isForced?: true;
  /** Number of the latest operation on it. */
  operation: number;
  /** Last to first. */
  lastOperations?: OperationEntry[];
};

/** One physical thing. */
export type Thing = { type: string; id: string; properties: object; attributes: { [name: string]: unknown } };

export type ResourceRow = {
  stackId: string;
  logicalId: string;
  type: string;
  /** Order in the template. */
  order: number;
  /** What it is now; absent before it is made. */
  thing?: Thing;
  /** By which it is found; `putResource` sees to it. */
  thingId?: string;
  status: ResourceStatus;
  reason?: string;
  updatedAt: Millis;
  dependsOn: string[];
  deletionPolicy: string;
  replacePolicy: string;
  description?: string;
  metadata?: string;
  /** How many signals it waits for. */
  creationPolicy?: object;
  /** What is being done to it just now, under which name: found by whoever takes up the work after the cloud was stopped. */
  step?: {
    kind: 'create' | 'update' | 'delete';
    suffix: string;
    /** How often a service refused it for now. */
    tries?: number;
    /** The thing that is being removed. */
    of?: string;
    /** What a type of CloudFormation's own has begun. */
    noted?: string;
    /** What is being made. */
    goal?: { type: string; properties: object };
    /** What it may have after a change that failed half way, from which it is changed now. */
    half?: object;
  };
  /** Properties of a change that was begun and has not succeeded. */
  tried?: object;
  /** The operation that has settled it. */
  settled: number;
  /** What it was before this operation changed it; `null` where it is new. */
  before?: { operation: number; thing: Thing | null };
  /** Things that others have replaced, to be removed when all has gone well. */
  replaced: Thing[];
};

export type EventRow = {
  stackId: string;
  sequence: number;
  id: string;
  /** No other event of the stack has it. */
  at: Millis;
  logicalId: string;
  physicalId: string;
  type: string;
  status: string;
  reason?: string;
  properties?: string;
  token?: string;
  operationId?: string;
  operationType?: OperationEntry['OperationType'];
  /** Of an event that tells what a hook says. */
  hook?: HookNote;
};
export type HookNote = {
  /** Of its result. */
  id: string;
  type: string;
  status: 'HOOK_IN_PROGRESS' | 'HOOK_COMPLETE_SUCCEEDED' | 'HOOK_COMPLETE_FAILED' | 'HOOK_FAILED';
  reason: string;
  mode: 'FAIL' | 'WARN';
};

/** What is wrong with a resource before anything is made, of one operation. */
export type IssueRow = Issue & {
  stackId: string;
  operationId: string;
  sequence: number;
  at: Millis;
  /** The stack's last event before it. */
  after: number;
};
export type Issue = {
  logicalId: string;
  type: string;
  name: 'PROPERTY_VALIDATION' | 'NAME_CONFLICT_VALIDATION' | 'BUCKET_EMPTINESS_VALIDATION';
  mode: 'FAIL' | 'WARN';
  reason: string;
  /** Where in the template. */
  path: string;
};

/** What is being done to a stack. */
export type OperationRow = {
  stackId: string;
  number: number;
  /** A rollback is an operation of its own. */
  entry?: OperationEntry;
  kind: 'create' | 'update' | 'delete' | 'import';
  phase: 'forward' | 'rollback' | 'cleanup';
  /** Before anything else it is looked at whether it can come to good. */
  isUnchecked?: true;
  /** Nobody looks, nor at what is nested. */
  isBlind?: true;
  pass: Pass;
  target: Source;
  retain: string[];
  /** What can't be removed stays, and the stack goes all the same. */
  isForced?: true;
  imports?: ImportTarget[];
  /** Why it is to go back, though nothing has failed. */
  stopped?: string;
  /** All is made; until then its alarms are watched. */
  monitorUntil?: Millis;
  /** Resources that a rollback leaves as they are. */
  skip?: string[];
  /** A stack policy for this operation alone. */
  policy?: string;
  /** How often the removal of what nobody wants any more has failed, by its name. */
  undeleted?: { [name: string]: number };
  /** What is new goes when it fails, whatever its template says. */
  retainsExceptOnCreate?: true;
  reason?: string;
  token?: string;
};

/** Changes to a stack that may be made. */
export type ChangeSetRow = {
  id: string;
  name: string;
  stackId: string;
  type: 'CREATE' | 'UPDATE' | 'IMPORT';
  status: NonNullable<ChangeSetShape['Status']>;
  execution: NonNullable<ChangeSetShape['ExecutionStatus']>;
  reason?: string;
  description?: string;
  source: Source;
  templateDescription?: string;
  capabilities: string[];
  notificationArns: string[];
  roleArn?: string;
  onFailure?: StackRow['onFailure'];
  deployment?: DeploymentConfig;
  rollback?: NonNullable<StackRow['rollback']>;
  includesNested: boolean;
  isUnchecked?: true;
  /** The change set of the stack above that it was made for. */
  parentId?: string;
  /** What is there already under the names of the template is imported. */
  takesExisting?: true;
  /** Things are to be what the template says, whatever has become of them. */
  revertsDrift?: true;
  /** What has become of those that differ, by logical id: their properties; null for what is gone. */
  actual?: { [logicalId: string]: object | null };
  token?: string;
  imports: ImportTarget[];
  /** In whose name it is looked at; who executes it is another's question. */
  pass: Pass;
  changes: NonNullable<ChangeSetShape['Changes']>;
  createdAt: Millis;
  /** When it was found out what it would do. */
  endedAt?: Millis;
  /** Its making is an operation of its own. */
  operationId?: string;
};
type ChangeSetShape = OutputOf<'cloudformation', 'DescribeChangeSet'>;

/** A thing that is there and becomes a stack's resource. */
export type ImportTarget = { type: string; logicalId: string; identifier: { [property: string]: string } };

/** What a custom resource was asked, until its step has taken the answer. */
export type RequestRow = {
  stackId: string;
  logicalId: string;
  /** The last part of the address that takes the answer. */
  token: string;
  id: string;
  /** Which step asked: another one asks anew. */
  step: string;
  sent: boolean;
  deadline: Millis;
  answer?: Answer;
};
export type Answer = {
  isSuccess: boolean;
  reason: string;
  /** Why it's no answer. */
  fault?: string;
  physicalId: string;
  data: { [name: string]: unknown };
};

/** What was signalled to a resource. */
export type SignalRow = {
  stackId: string;
  logicalId: string;
  uniqueId: string;
  isSuccess: boolean;
  reason: string;
  data: string;
};

export type DriftRow = {
  stackId: string;
  logicalId: string;
  type: string;
  physicalId?: string;
  status: 'IN_SYNC' | 'MODIFIED' | 'DELETED' | 'NOT_CHECKED' | 'UNKNOWN';
  reason?: string;
  differences: DriftShape['PropertyDifferences'] & object;
  expected?: string;
  actual?: string;
  at: Millis;
  pass: Pass;
};
type DriftShape = OutputOf<'cloudformation', 'DetectStackResourceDrift'>['StackResourceDrift'];
/** A look at a whole stack; `drifted` counts what has drifted, once it is done. */
export type DetectionRow = { id: string; stackId: string; names?: string[]; pass: Pass; at: Millis; drifted?: number };

export type MacroRow = { name: string; functionName: string; stackId: string };

export type ExportRow = { name: string; value: string; stackId: string };
/** A stack that uses another's export. */
export type ImportRow = { name: string; stackId: string; stackName: string };

export const stacks = table<StackRow>()('cloudformation.stacks', {
  scope: 'region',
  key: ['id'],
  indexes: {
    byName: ['liveName'],
    byAge: ['createdAt', 'id'],
    byStatus: ['status', 'createdAt', 'id'],
    byParent: ['parentId'],
  },
});
export const stackResources = table<ResourceRow>()('cloudformation.resources', {
  scope: 'region',
  key: ['stackId', 'logicalId'],
  indexes: { byThing: ['thingId'] },
});

/** Keeps a resource, found by what it is now. */
export function putResource(store: StoreView, { thingId: _, ...row }: ResourceRow): void {
  store.put(stackResources, { ...row, ...(row.thing !== undefined && { thingId: row.thing.id }) });
}

export const stackEvents = table<EventRow>()('cloudformation.events', {
  scope: 'region',
  key: ['stackId', 'sequence'],
  indexes: { byOperation: ['operationId', 'sequence'] },
});
export const issues = table<IssueRow>()('cloudformation.issues', {
  scope: 'region',
  key: ['operationId', 'sequence'],
  indexes: { byStack: ['stackId', 'operationId', 'sequence'] },
});
export const stackOperations = table<OperationRow>()('cloudformation.operations', {
  scope: 'region',
  key: ['stackId'],
});
export const stackExports = table<ExportRow>()('cloudformation.exports', {
  scope: 'region',
  key: ['name'],
  indexes: { byStack: ['stackId', 'name'] },
});
export const stackImports = table<ImportRow>()('cloudformation.imports', {
  scope: 'region',
  key: ['name', 'stackId'],
  indexes: { byStack: ['stackId', 'name'] },
});
export const changeSets = table<ChangeSetRow>()('cloudformation.change-sets', {
  scope: 'region',
  key: ['id'],
  indexes: { byStack: ['stackId', 'name'], byOperation: ['operationId'] },
});
export const requests = table<RequestRow>()('cloudformation.requests', {
  scope: 'region',
  key: ['stackId', 'logicalId'],
});
export const signals = table<SignalRow>()('cloudformation.signals', {
  scope: 'region',
  key: ['stackId', 'logicalId', 'uniqueId'],
});
export const macros = table<MacroRow>()('cloudformation.macros', { scope: 'region', key: ['name'] });
/** Stacks that an alarm can stop just now. */
export const watched = table<{ arn: string; stackId: string }>()('cloudformation.watched', {
  scope: 'region',
  key: ['arn', 'stackId'],
});
/** The last event of a stack that its topics were told. */
export const notified = table<{ stackId: string; sequence: number }>()('cloudformation.notified', {
  scope: 'region',
  key: ['stackId'],
});
export const drifts = table<DriftRow>()('cloudformation.drifts', { scope: 'region', key: ['stackId', 'logicalId'] });
export const detections = table<DetectionRow>()('cloudformation.detections', {
  scope: 'region',
  key: ['id'],
  indexes: { byStack: ['stackId', 'at', 'id'] },
});
