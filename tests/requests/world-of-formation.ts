/** What is there before each request to CloudFormation: stacks in several states, change sets, templates, a stack set, a refactor, a hook. */
import type { Aws } from '#kernel/contract';
import type { Furnish } from './world.ts';

const TEMPLATE = JSON.stringify({
  Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 1 } } },
  Outputs: { Url: { Value: { Ref: 'Queue' }, Export: { Name: 'url' } } },
});
const CHANGED = TEMPLATE.replace('"DelaySeconds":1', '"DelaySeconds":2');
const USER = JSON.stringify({
  Resources: {
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: { QueueName: { 'Fn::Select': ['4', { 'Fn::Split': ['/', { 'Fn::ImportValue': 'url' }] }] } },
    },
  },
});
const WAITS = JSON.stringify({
  Resources: {
    Wait: {
      Type: 'AWS::CloudFormation::WaitCondition',
      CreationPolicy: { ResourceSignal: { Count: 1, Timeout: 'PT10H' } },
    },
  },
});
const POLICY = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' }] });

const ACCOUNT = '123456789012';
const TRUST = (Principal: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] });
const HOOK = JSON.stringify({
  CloudFormationConfiguration: {
    HookConfiguration: {
      HookInvocationStatus: 'ENABLED',
      TargetOperations: ['STACK'],
      // No stack of this world is asked about.
      StackFilters: { FilteringCriteria: 'ALL', StackNames: { Include: ['asked'] } },
      FailureMode: 'WARN',
      Properties: { LambdaFunction: 'f' },
    },
  },
});

/** A set with an instance, whose operation has failed: there is no execution role. */
async function set({ cloudformation }: Aws) {
  const StackSetName = 'fleet';
  const { StackSetId } = await cloudformation.CreateStackSet({ StackSetName, TemplateBody: TEMPLATE });
  await cloudformation.CreateStackSet({ StackSetName: 'empty', TemplateBody: TEMPLATE });
  const targets = { StackSetName, Accounts: [ACCOUNT], Regions: ['us-east-1'] };
  const { OperationId = '' } = await cloudformation.CreateStackInstances(targets);
  const isRunning = async () => {
    const { StackSetOperation } = await cloudformation.DescribeStackSetOperation({ StackSetName, OperationId });
    return StackSetOperation?.EndTimestamp === undefined;
  };
  while (await isRunning());
  return { StackSetId, OperationId };
}

/** A refactor that renames a resource. */
async function refactor({ cloudformation }: Aws): Promise<string> {
  const [StackName, TemplateBody] = ['app', TEMPLATE.replaceAll('"Queue"', '"Jobs"')];
  const { StackRefactorId } = await cloudformation.CreateStackRefactor({
    StackDefinitions: [{ StackName, TemplateBody }],
  });
  const isNew = async () =>
    (await cloudformation.DescribeStackRefactor({ StackRefactorId })).Status === 'CREATE_IN_PROGRESS';
  while (await isNew());
  return StackRefactorId;
}

/** A scan that is over, and a template of what it has found. */
async function scan({ cloudformation, sns }: Aws) {
  const { TopicArn = '' } = await sns.CreateTopic({ Name: 'news' });
  const { ResourceScanId = '' } = await cloudformation.StartResourceScan({});
  const isScanning = async () =>
    (await cloudformation.DescribeResourceScan({ ResourceScanId })).Status === 'IN_PROGRESS';
  while (await isScanning());
  const ResourceIdentifier = { TopicArn };
  const resource = { ResourceType: 'AWS::SNS::Topic', LogicalResourceId: 'News', ResourceIdentifier };
  const GeneratedTemplateName = 'made';
  await cloudformation.CreateGeneratedTemplate({ GeneratedTemplateName, Resources: [resource] });
  const isReading = async () =>
    (await cloudformation.DescribeGeneratedTemplate({ GeneratedTemplateName })).Status !== 'COMPLETE';
  while (await isReading());
  return { ResourceScanId, ResourceIdentifier };
}

/** A hook that has been asked once. */
async function hook({ cloudformation, iam }: Aws) {
  const AssumeRolePolicyDocument = TRUST({ Service: 'hooks.cloudformation.amazonaws.com' });
  await iam.CreateRole({ RoleName: 'hook', AssumeRolePolicyDocument });
  const { Arn: TypeArn = '' } = await cloudformation.ActivateType({
    Type: 'HOOK',
    TypeName: 'AWS::Hooks::LambdaHook',
    TypeNameAlias: 'Private::Lambda::Guard',
    ExecutionRoleArn: `arn:aws:iam::${ACCOUNT}:role/hook`,
  });
  const { ConfigurationArn } = await cloudformation.SetTypeConfiguration({ TypeArn, Configuration: HOOK });
  await cloudformation.CreateStack({ StackName: 'asked', TemplateBody: WAITS });
  const results = async () => (await cloudformation.ListHookResults({})).HookResults?.[0];
  for (;;) {
    const { Status, HookResultId } = (await results()) ?? {};
    if (Status !== undefined && Status !== 'HOOK_IN_PROGRESS') return { TypeArn, ConfigurationArn, HookResultId };
  }
}

export const cloudformation: Furnish = async (aws) => {
  const { cloudformation, sns } = aws;
  const { TopicArn } = await sns.CreateTopic({ Name: 'news' });
  await cloudformation.CreateStack({ StackName: 'app', TemplateBody: TEMPLATE });
  await cloudformation.CreateStack({ StackName: 'waits', TemplateBody: WAITS });
  const isMoving = async () => {
    const { Stacks } = await cloudformation.DescribeStacks({ StackName: 'app' });
    return Stacks?.[0]?.StackStatus !== 'CREATE_COMPLETE';
  };
  while (await isMoving());
  const more = { StackName: 'app', TemplateBody: CHANGED };
  const { Id } = await cloudformation.CreateChangeSet({ ...more, ChangeSetName: 'change' });
  const { StackDriftDetectionId } = await cloudformation.DetectStackDrift({ StackName: 'app' });
  const { StackSetId, OperationId } = await set(aws);
  const StackRefactorId = await refactor(aws);
  const { TypeArn, ConfigurationArn, HookResultId } = await hook(aws);
  const { ResourceScanId, ResourceIdentifier } = await scan(aws);
  return {
    StackName: ['app', 'new'],
    'SignalResourceInput.StackName': ['waits'],
    'SignalResourceInput.LogicalResourceId': ['Wait'],
    'CreateStackInput.StackName': ['new'],
    LogicalResourceId: ['Queue'],
    LogicalResourceIds: ['Queue'],
    ChangeSetName: [Id, 'change'],
    'CreateChangeSetInput.ChangeSetName': ['other'],
    ChangeSetType: ['UPDATE'],
    TemplateBody: [CHANGED, USER],
    TemplateURL: [],
    UsePreviousTemplate: [],
    StackPolicyBody: [POLICY],
    StackPolicyDuringUpdateBody: [POLICY],
    StackPolicyURL: [],
    StackPolicyDuringUpdateURL: [],
    NotificationARNs: [TopicArn],
    RoleARN: [],
    Parameters: [],
    ResourcesToImport: [],
    ResourcesToSkip: [],
    RetainResources: [],
    ImportExistingResources: [false],
    DeploymentMode: [],
    OnFailure: [],
    OnStackFailure: [],
    NextToken: [],
    ExportName: ['url'],
    StackDriftDetectionId: [StackDriftDetectionId],
    ResourceTypes: ['AWS::SQS::Queue'],
    PhysicalResourceId: [],
    TypeName: ['AWS::SQS::Queue', 'Private::Lambda::Guard'],
    Type: ['RESOURCE', 'HOOK'],
    'ActivateTypeInput.TypeName': ['AWS::Hooks::LambdaHook'],
    'ActivateTypeInput.Type': ['HOOK'],
    TypeNameAlias: ['Private::Lambda::Other'],
    ExecutionRoleArn: [`arn:aws:iam::${ACCOUNT}:role/hook`],
    PublicTypeArn: [],
    PublisherId: [],
    PublicVersionNumber: [],
    MajorVersion: [],
    LoggingConfig: [],
    Arn: [TypeArn],
    TypeArn: [TypeArn],
    TypeConfigurationArn: [ConfigurationArn],
    Configuration: [HOOK],
    ConfigurationAlias: ['default'],
    TypeConfigurationAlias: ['default'],
    HookResultId: [HookResultId],
    TargetType: ['STACK'],
    TargetId: [],
    VersionId: [],
    StackSetName: ['fleet', StackSetId],
    'CreateStackSetInput.StackSetName': ['other'],
    'DeleteStackSetInput.StackSetName': ['empty'],
    'GetTemplateSummaryInput.StackSetName': ['fleet'],
    PermissionModel: ['SELF_MANAGED'],
    AutoDeployment: [],
    CallAs: ['SELF'],
    DeploymentTargets: [],
    Accounts: [ACCOUNT],
    Regions: ['us-east-1'],
    RegionOrder: ['us-east-1'],
    FailureTolerancePercentage: [],
    MaxConcurrentPercentage: [],
    StackInstanceAccount: [ACCOUNT],
    StackInstanceRegion: ['us-east-1'],
    Account: [ACCOUNT],
    ParameterOverrides: [],
    AdministrationRoleARN: [],
    StackId: [],
    StackIds: [],
    StackIdsUrl: [],
    OrganizationalUnitIds: [],
    OperationId: [OperationId],
    'CreateStackInstancesInput.OperationId': ['another'],
    'UpdateStackInstancesInput.OperationId': ['another'],
    'DeleteStackInstancesInput.OperationId': ['another'],
    'UpdateStackSetInput.OperationId': ['another'],
    'DetectStackSetDriftInput.OperationId': ['another'],
    'ImportStacksToStackSetInput.OperationId': ['another'],
    ResourceScanId: [ResourceScanId],
    'ListResourceScanResourcesInput.ResourceIdentifier': ['news'],
    'ScannedResourceIdentifier.ResourceIdentifier': [ResourceIdentifier],
    'ScannedResourceIdentifier.ResourceType': ['AWS::SNS::Topic'],
    'ResourceDefinition.ResourceIdentifier': [ResourceIdentifier],
    'ResourceDefinition.ResourceType': ['AWS::SNS::Topic'],
    'ResourceDefinition.LogicalResourceId': ['Other'],
    ResourceTypePrefix: ['AWS::SNS'],
    Types: ['AWS::SNS::*'],
    GeneratedTemplateName: ['made'],
    'CreateGeneratedTemplateInput.GeneratedTemplateName': ['another'],
    'CreateGeneratedTemplateInput.StackName': ['app'],
    NewGeneratedTemplateName: ['renamed'],
    RemoveResources: ['News'],
    StackRefactorId: [StackRefactorId],
    ResourceMappings: [],
    'CreateStackRefactorInput.EnableStackCreation': [true],
    'StackDefinition.StackName': ['app'],
    'StackDefinition.TemplateBody': [TEMPLATE.replaceAll('"Queue"', '"Work"')],
    RollbackTriggers: [],
  };
};
