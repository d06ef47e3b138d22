/** What is there before each request to CloudFormation: stacks in several states, change sets, templates. */
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

export const cloudformation: Furnish = async ({ cloudformation, sns }) => {
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
    TypeName: ['AWS::SQS::Queue'],
    Type: ['RESOURCE'],
    Arn: [],
    VersionId: [],
    RollbackTriggers: [],
  };
};
