/** AWS CloudFormation. */
import { defineService, notYet } from '#kernel/contract';
import { compare } from './deploy/compare.ts';
import { deploy } from './deploy/deploy.ts';
import { alarmRaised } from './deploy/monitor.ts';
import { notify } from './deploy/notify.ts';
import { resume, timeout } from './deploy/wake.ts';
import { expire, forget } from './domain/forget.ts';
import { withTokens } from './domain/pages.ts';
import {
  activateType,
  batchDescribeTypeConfigurations,
  deactivateType,
  setTypeConfiguration,
} from './hooks/activation.ts';
import { describeChangeSetHooks, getHookResult, listHookResults } from './hooks/results.ts';
import {
  createChangeSet,
  deleteChangeSet,
  describeChangeSet,
  executeChangeSet,
  listChangeSets,
} from './operations/change-set.ts';
import {
  cancelUpdateStack,
  continueUpdateRollback,
  getStackPolicy,
  rollbackStack,
  setStackPolicy,
  signalResource,
} from './operations/control.ts';
import {
  describeAccountLimits,
  describeStackEvents,
  describeStackResource,
  describeStackResources,
  describeStacks,
  listExports,
  listImports,
  listStackResources,
  listStacks,
} from './operations/describe.ts';
import {
  describeStackDriftDetectionStatus,
  describeStackResourceDrifts,
  detect,
  detectStackDrift,
  detectStackResourceDrift,
} from './operations/drift.ts';
import { describeEvents } from './operations/events.ts';
import { createStack, deleteStack, updateStack, updateTerminationProtection } from './operations/stack.ts';
import { getTemplate, getTemplateSummary, validateTemplate } from './operations/template.ts';
import { access, tagsOf } from './policy.ts';
import { examine } from './refactor/examine.ts';
import { refactor } from './refactor/execute.ts';
import {
  createStackRefactor,
  describeStackRefactor,
  executeStackRefactor,
  listStackRefactorActions,
  listStackRefactors,
} from './refactor/refactor.ts';
import { describeType, listTypes, listTypeVersions } from './registry/types.ts';
import { generate } from './scan/generate.ts';
import {
  createGeneratedTemplate,
  deleteGeneratedTemplate,
  describeGeneratedTemplate,
  getGeneratedTemplate,
  listGeneratedTemplates,
  updateGeneratedTemplate,
} from './scan/generated.ts';
import { expireScan, scan } from './scan/look.ts';
import {
  describeResourceScan,
  listResourceScanRelatedResources,
  listResourceScanResources,
  listResourceScans,
  startResourceScan,
} from './scan/scan.ts';
import { expireSet, forgetSet } from './sets/forget.ts';
import {
  createStackInstances,
  deleteStackInstances,
  describeStackInstance,
  detectStackSetDrift,
  importStacksToStackSet,
  listStackInstanceResourceDrifts,
  listStackInstances,
  updateStackInstances,
} from './sets/instance.ts';
import { operate } from './sets/operate.ts';
import {
  describeStackSetOperation,
  listStackSetOperationResults,
  listStackSetOperations,
  stopStackSetOperation,
} from './sets/operation.ts';
import { createStackSet, deleteStackSet, describeStackSet, listStackSets, updateStackSet } from './sets/set.ts';
import { unit } from './sets/unit.ts';
import { traffic } from './traffic.ts';

const ORGANIZATIONS = notYet('stack sets with service-managed permissions come with AWS Organizations');
const REGISTRY = notYet(
  'types, hooks and modules of others are packages of handlers: what builds, tests and runs those is not there',
);

export const service = defineService<'cloudformation'>({
  name: 'cloudformation',
  prefix: 'cloudformation',
  access,
  tagsOf,
  tasks: {
    compare,
    deploy,
    detect,
    examine,
    forget,
    'forget-set': forgetSet,
    generate,
    notify,
    operate,
    refactor,
    scan,
    unit,
  },
  events: { 'cloudwatch.alarm': alarmRaised },
  timers: { expire, 'expire-scan': expireScan, 'expire-set': expireSet, resume, timeout },
  traffic,
  unbuilt: {
    ActivateType: ['VersionBump', 'MajorVersion'],
    ContinueUpdateRollback: ['ForceRollback'],
  },
  operations: withTokens({
    ActivateOrganizationsAccess: ORGANIZATIONS,
    ActivateType: activateType,
    BatchDescribeTypeConfigurations: batchDescribeTypeConfigurations,
    CancelUpdateStack: cancelUpdateStack,
    ContinueUpdateRollback: continueUpdateRollback,
    CreateChangeSet: createChangeSet,
    CreateGeneratedTemplate: createGeneratedTemplate,
    CreateStack: createStack,
    CreateStackInstances: createStackInstances,
    CreateStackRefactor: createStackRefactor,
    CreateStackSet: createStackSet,
    DeactivateOrganizationsAccess: ORGANIZATIONS,
    DeactivateType: deactivateType,
    DeleteChangeSet: deleteChangeSet,
    DeleteGeneratedTemplate: deleteGeneratedTemplate,
    DeleteStack: deleteStack,
    DeleteStackInstances: deleteStackInstances,
    DeleteStackSet: deleteStackSet,
    DeregisterType: REGISTRY,
    DescribeAccountLimits: describeAccountLimits,
    DescribeChangeSet: describeChangeSet,
    DescribeChangeSetHooks: describeChangeSetHooks,
    DescribeEvents: describeEvents,
    DescribeGeneratedTemplate: describeGeneratedTemplate,
    DescribeOrganizationsAccess: ORGANIZATIONS,
    DescribePublisher: REGISTRY,
    DescribeResourceScan: describeResourceScan,
    DescribeStackDriftDetectionStatus: describeStackDriftDetectionStatus,
    DescribeStackEvents: describeStackEvents,
    DescribeStackInstance: describeStackInstance,
    DescribeStackRefactor: describeStackRefactor,
    DescribeStackResource: describeStackResource,
    DescribeStackResourceDrifts: describeStackResourceDrifts,
    DescribeStackResources: describeStackResources,
    DescribeStackSet: describeStackSet,
    DescribeStackSetOperation: describeStackSetOperation,
    DescribeStacks: describeStacks,
    DescribeType: describeType,
    DescribeTypeRegistration: REGISTRY,
    DetectStackDrift: detectStackDrift,
    DetectStackResourceDrift: detectStackResourceDrift,
    DetectStackSetDrift: detectStackSetDrift,
    EstimateTemplateCost: notYet('it is AWS’s calculator that estimates'),
    ExecuteChangeSet: executeChangeSet,
    ExecuteStackRefactor: executeStackRefactor,
    GetGeneratedTemplate: getGeneratedTemplate,
    GetHookResult: getHookResult,
    GetStackPolicy: getStackPolicy,
    GetTemplate: getTemplate,
    GetTemplateSummary: getTemplateSummary,
    ImportStacksToStackSet: importStacksToStackSet,
    ListChangeSets: listChangeSets,
    ListExports: listExports,
    ListGeneratedTemplates: listGeneratedTemplates,
    ListHookResults: listHookResults,
    ListImports: listImports,
    ListResourceScanRelatedResources: listResourceScanRelatedResources,
    ListResourceScanResources: listResourceScanResources,
    ListResourceScans: listResourceScans,
    ListStackInstanceResourceDrifts: listStackInstanceResourceDrifts,
    ListStackInstances: listStackInstances,
    ListStackRefactorActions: listStackRefactorActions,
    ListStackRefactors: listStackRefactors,
    ListStackResources: listStackResources,
    ListStackSetAutoDeploymentTargets: ORGANIZATIONS,
    ListStackSetOperationResults: listStackSetOperationResults,
    ListStackSetOperations: listStackSetOperations,
    ListStackSets: listStackSets,
    ListStacks: listStacks,
    ListTypeRegistrations: REGISTRY,
    ListTypeVersions: listTypeVersions,
    ListTypes: listTypes,
    PublishType: REGISTRY,
    RecordHandlerProgress: REGISTRY,
    RegisterPublisher: REGISTRY,
    RegisterType: REGISTRY,
    RemoveAlias: REGISTRY,
    RollbackStack: rollbackStack,
    SetAlias: REGISTRY,
    SetStackPolicy: setStackPolicy,
    SetTypeConfiguration: setTypeConfiguration,
    SetTypeDefaultVersion: REGISTRY,
    SignalResource: signalResource,
    StartResourceScan: startResourceScan,
    StopStackSetOperation: stopStackSetOperation,
    TestType: REGISTRY,
    UpdateGeneratedTemplate: updateGeneratedTemplate,
    UpdateStack: updateStack,
    UpdateStackInstances: updateStackInstances,
    UpdateStackSet: updateStackSet,
    UpdateTerminationProtection: updateTerminationProtection,
    ValidateTemplate: validateTemplate,
  }),
});
