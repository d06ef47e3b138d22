import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStacksCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { GetQueueAttributesCommand, ListQueuesCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { events, settled, templateOf } from './stacks.ts';

const TWO_QUEUES = `
AWSTemplateFormatVersion: 2010-09-09
Description: two queues
Parameters:
  Delay:
    Type: Number
    Default: 5
    MaxValue: 900
Conditions:
  Slow: !Equals [!Ref Delay, '900']
Resources:
  Inbox:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Delay
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
        maxReceiveCount: 3
      Tags:
        - { Key: team, Value: a }
  Dead:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '\${AWS::StackName}-dead'
  Never:
    Type: AWS::SQS::Queue
    Condition: Slow
Outputs:
  Url:
    Value: !Ref Inbox
  Arn:
    Description: where to send
    Value: !GetAtt Inbox.Arn
    Export:
      Name: !Join [':', [inbox, arn]]
`;

test('a stack makes what its template says, in the order of what depends on what', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const sqs = cloud.client(SQSClient);
  const { StackId } = await formation.send(
    new CreateStackCommand({ StackName: 'two', TemplateBody: TWO_QUEUES, Tags: [{ Key: 'cost', Value: '7' }] }),
  );
  assert.match(StackId ?? '', /^arn:aws:cloudformation:us-east-1:123456789012:stack\/two\/[0-9a-f-]{36}$/);
  const stack = await settled(cloud, 'two');
  assert.equal(stack?.StackStatus, 'CREATE_COMPLETE');
  assert.equal(stack?.Description, 'two queues');
  const url = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'Url')?.OutputValue ?? '';
  assert.match(url, /\/123456789012\/two-Inbox-[0-9A-Z]{12}$/);
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  assert.equal(Attributes?.DelaySeconds, '5');
  assert.deepEqual(JSON.parse(Attributes?.RedrivePolicy ?? ''), {
    deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:two-dead',
    maxReceiveCount: 3,
  });
  const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
  assert.deepEqual(Tags, {
    team: 'a',
    cost: '7',
    'aws:cloudformation:stack-name': 'two',
    'aws:cloudformation:stack-id': StackId,
    'aws:cloudformation:logical-id': 'Inbox',
  });
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 'two' }));
  const initiated = StackEvents.filter((one) => one.ResourceStatusReason === 'Resource creation Initiated');
  assert.deepEqual(
    initiated.map((one) => [one.LogicalResourceId, one.ResourceStatus, one.PhysicalResourceId]),
    [
      ['Inbox', 'CREATE_IN_PROGRESS', url],
      ['Dead', 'CREATE_IN_PROGRESS', url.replace(/[^/]+$/, 'two-dead')],
    ],
  );
  const ids = StackEvents.map(({ EventId = '' }) => EventId);
  assert.equal(new Set(ids).size, ids.length, ids.join());
  // Whoever sorts them by their time has them in order.
  const instants = StackEvents.map(({ Timestamp }) => Number(Timestamp));
  assert.deepEqual(
    instants,
    [...new Set(instants)].sort((a, b) => b - a),
  );
  const times = /-(CREATE_IN_PROGRESS|CREATE_COMPLETE)-2026-01-01T00:00:00\.\d{3}Z$/;
  assert.deepEqual(
    ids.filter((id) => times.test(id)).map((id) => id.replace(times, ' $1')),
    StackEvents.filter((one) => one.LogicalResourceId !== 'two').map(
      (one) => `${one.LogicalResourceId} ${one.ResourceStatus}`,
    ),
  );
  assert.deepEqual(await events(cloud, 'two'), [
    'two CREATE_IN_PROGRESS',
    'Dead CREATE_IN_PROGRESS',
    'Dead CREATE_COMPLETE',
    'Inbox CREATE_IN_PROGRESS',
    'Inbox CREATE_COMPLETE',
    'two CREATE_COMPLETE',
  ]);
  const { Exports } = await formation.send(new ListExportsCommand({}));
  assert.deepEqual(
    Exports?.map(({ Name, Value }) => [Name, Value]),
    [['inbox:arn', Attributes?.QueueArn]],
  );
});

test('an update changes what can be changed, replaces what can not, and removes what is left', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const template = (dead: string, inbox = true) =>
    JSON.stringify({
      Resources: {
        Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: dead, MessageRetentionPeriod: 600 } },
        ...(inbox && { Inbox: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 1 } } }),
      },
    });
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: template('first') }));
  await settled(cloud, 's');
  await formation.send(
    new UpdateStackCommand({
      StackName: 's',
      TemplateBody: template('first').replace('"DelaySeconds":1', '"DelaySeconds":2').replace('600', '700'),
    }),
  );
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_COMPLETE');
  assert.deepEqual((await events(cloud, 's')).slice(6).toSorted(), [
    'Dead UPDATE_COMPLETE',
    'Dead UPDATE_IN_PROGRESS',
    'Inbox UPDATE_COMPLETE',
    'Inbox UPDATE_IN_PROGRESS',
    's UPDATE_COMPLETE',
    's UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    's UPDATE_IN_PROGRESS',
  ]);
  await formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template('second', false) }));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_COMPLETE');
  const { QueueUrls } = await cloud.client(SQSClient).send(new ListQueuesCommand({}));
  assert.deepEqual(
    QueueUrls?.map((url) => url.split('/').at(-1)),
    ['second'],
  );
  assert.deepEqual(
    (await events(cloud, 's')).slice(13).filter((event) => event.startsWith('Dead')),
    ['Dead UPDATE_IN_PROGRESS', 'Dead UPDATE_COMPLETE', 'Dead DELETE_IN_PROGRESS', 'Dead DELETE_COMPLETE'],
  );
  const same = await failure(
    formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template('second', false) })),
  );
  assert.deepEqual([same.name, same.message], ['ValidationError', 'No updates are to be performed.']);
});

test('what fails goes back to what it was', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const sqs = cloud.client(SQSClient);
  const template = (delay: number, bad: boolean, name = 'kept') =>
    JSON.stringify({
      Resources: {
        Good: { Type: 'AWS::SQS::Queue', Properties: { QueueName: name, DelaySeconds: delay } },
        ...(bad && { Bad: { Type: 'AWS::SQS::Queue', DependsOn: 'Good', Properties: { DelaySeconds: 100_000 } } }),
      },
    });
  await formation.send(new CreateStackCommand({ StackName: 'never', TemplateBody: template(1, true) }));
  const failed = await settled(cloud, 'never');
  assert.equal(failed?.StackStatus, 'ROLLBACK_COMPLETE');
  assert.deepEqual(await sqs.send(new ListQueuesCommand({})).then(({ QueueUrls }) => QueueUrls), undefined);
  assert.deepEqual(await events(cloud, 'never'), [
    'never CREATE_IN_PROGRESS',
    'Good CREATE_IN_PROGRESS',
    'Good CREATE_COMPLETE',
    'Bad CREATE_IN_PROGRESS',
    'Bad CREATE_FAILED',
    'never ROLLBACK_IN_PROGRESS',
    'Bad DELETE_COMPLETE',
    'Good DELETE_IN_PROGRESS',
    'Good DELETE_COMPLETE',
    'never ROLLBACK_COMPLETE',
  ]);
  // SQS keeps a name for a minute.
  await cloud.advance(60_000);
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: template(1, false) }));
  await settled(cloud, 's');
  await formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template(2, true) }));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
  await formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template(2, true, 'other') }));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({}));
  assert.deepEqual(
    QueueUrls?.map((url) => url.split('/').at(-1)),
    ['kept'],
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: QueueUrls?.[0], AttributeNames: ['DelaySeconds'] }),
  );
  assert.equal(Attributes?.DelaySeconds, '1');
});

test('a stack that is deleted takes everything along but what is retained', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = `
Resources:
  Kept: { Type: 'AWS::SQS::Queue', DeletionPolicy: Retain, Properties: { QueueName: kept } }
  Gone: { Type: 'AWS::SQS::Queue' }
`;
  const { StackId } = await formation.send(
    new CreateStackCommand({ StackName: 's', TemplateBody, EnableTerminationProtection: true }),
  );
  await settled(cloud, 's');
  const refused = await failure(formation.send(new DeleteStackCommand({ StackName: 's' })));
  assert.equal(refused.message, 'Stack [s] cannot be deleted while TerminationProtection is enabled');
  await formation.send(new UpdateTerminationProtectionCommand({ StackName: 's', EnableTerminationProtection: false }));
  await formation.send(new DeleteStackCommand({ StackName: 's' }));
  assert.equal((await settled(cloud, StackId ?? ''))?.StackStatus, 'DELETE_COMPLETE');
  const gone = await failure(formation.send(new DescribeStacksCommand({ StackName: 's' })));
  assert.deepEqual([gone.name, gone.message], ['ValidationError', 'Stack with id s does not exist']);
  const resource = new DescribeStackResourceCommand({ StackName: 's', LogicalResourceId: 'Inbox' });
  assert.equal((await failure(formation.send(resource))).message, "Stack 's' does not exist");
  const { QueueUrls } = await cloud.client(SQSClient).send(new ListQueuesCommand({}));
  assert.deepEqual(
    QueueUrls?.map((url) => url.split('/').at(-1)),
    ['kept'],
  );
  const { StackResources } = await formation.send(new DescribeStackResourcesCommand({ StackName: StackId }));
  assert.deepEqual(
    StackResources?.map(({ LogicalResourceId, ResourceStatus }) => [LogicalResourceId, ResourceStatus]),
    [
      ['Gone', 'DELETE_COMPLETE'],
      ['Kept', 'DELETE_SKIPPED'],
    ],
  );
  const { StackSummaries } = await formation.send(new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }));
  assert.deepEqual(
    StackSummaries?.map((one) => one.StackId),
    [StackId],
  );
  await formation.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: 'Resources: {Q: {Type: AWS::SQS::Queue}}' }),
  );
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'CREATE_COMPLETE');
});

test('what one stack exports another uses, and while it does it stays', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new CreateStackCommand({ StackName: 'first', TemplateBody: TWO_QUEUES }));
  await settled(cloud, 'first');
  const TemplateBody = `
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: false
      QueueName: !Sub
        - x-\${Name}
        - Name: !Select [3, !Split [':', !ImportValue 'inbox:arn']]
`;
  await formation.send(new CreateStackCommand({ StackName: 'second', TemplateBody }));
  assert.equal((await settled(cloud, 'second'))?.StackStatus, 'CREATE_COMPLETE');
  const { Imports } = await formation.send(new ListImportsCommand({ ExportName: 'inbox:arn' }));
  assert.deepEqual(Imports, ['second']);
  await formation.send(new CreateStackCommand({ StackName: 'third', TemplateBody: TemplateBody.replace('x-', 'y-') }));
  await settled(cloud, 'third');
  await formation.send(new DeleteStackCommand({ StackName: 'first' }));
  const why = 'Delete canceled. Cannot delete export inbox:arn as it is in use by second and third.';
  const stays = await settled(cloud, 'first');
  assert.deepEqual([stays?.StackStatus, stays?.StackStatusReason], ['CREATE_COMPLETE', why]);
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 'first' }));
  assert.deepEqual(
    StackEvents.slice(0, 2).map(({ ResourceStatus, ResourceStatusReason }) => [ResourceStatus, ResourceStatusReason]),
    [
      ['CREATE_COMPLETE', why],
      ['DELETE_IN_PROGRESS', 'User Initiated'],
    ],
  );
  const { QueueUrls } = await cloud.client(SQSClient).send(new ListQueuesCommand({ QueueNamePrefix: 'x-' }));
  assert.equal(QueueUrls?.[0]?.split('/').at(-1), 'x-us-east-1');
});

test('requests that can’t be are refused in the words of CloudFormation', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const refused = async (template: string, parameters: [string, string][] = []) => {
    const Parameters = parameters.map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
    const error = await failure(
      formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: template, Parameters })),
    );
    return `${error.name}: ${error.message}`;
  };
  const queue = (properties: string) => `{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":${properties}}}}`;
  const cases: [string, string, [string, string][]?][] = [
    ['Resources: {}', 'Template format error: At least one Resources member must be defined.'],
    ['Resources:\n  Q: [', 'Template format error: YAML not well-formed. (line 2, column 7)'],
    ['- a\n- b', 'Template format error: unsupported structure.'],
    [
      '{"Resources":{"A":{"Type":"AWS::Nothing::Here"}}}',
      'Template format error: Unrecognized resource types: [AWS::Nothing::Here]',
    ],
    [
      queue('{"DelaySeconds":{"Ref":"Nobody"}}'),
      'Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the template',
    ],
    [
      '{"Resources":{"A":{"Type":"AWS::SQS::Queue","DependsOn":"B"},"B":{"Type":"AWS::SQS::Queue","DependsOn":"A"}}}',
      'Circular dependency between resources: [A, B]',
    ],
    [`{"Parameters":{"P":{"Type":"String"}},${queue('{}').slice(1)}`, 'Parameters: [P] must have values'],
    [queue('{}'), 'Parameters: [P] do not exist in the template', [['P', 'x']]],
    [
      `{"Parameters":{"P":{"Type":"String","AllowedValues":["a"]}},${queue('{}').slice(1)}`,
      "Parameter 'P' must be one of AllowedValues",
      [['P', 'b']],
    ],
    ['{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Size":1}}}', "Invalid template resource property 'Size'"],
    [`{"Outputs":null,${queue('{}').slice(1)}`, "[/Outputs] 'null' values are not allowed in templates"],
    [
      queue('{"RedrivePolicy":{"a":[1,null]}}'),
      "[/Resources/Q/Type/RedrivePolicy/a/1] 'null' values are not allowed in templates",
    ],
    [`{"Nonsense":1,${queue('{}').slice(1)}`, 'Invalid template property or properties [Nonsense]'],
  ];
  for (const [template, message, parameters] of cases)
    assert.equal(await refused(template, parameters), `ValidationError: ${message}`);
  assert.match(
    await refused('Resources: '.concat('['.repeat(300), ']'.repeat(300))),
    /^ValidationError: Template format error/,
  );
  const missing = await failure(
    formation.send(new UpdateStackCommand({ StackName: 'nope', TemplateBody: queue('{}') })),
  );
  assert.equal(missing.message, 'Stack [nope] does not exist');
});

test('a property that is no property fails the resource, by name', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody =
    '{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"Colour":"red","DelaySeconds":"soon"}}}}';
  const input = { StackName: 's', TemplateBody, DisableRollback: true, DisableValidation: true };
  await formation.send(new CreateStackCommand(input));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'CREATE_FAILED');
  const { StackResources } = await formation.send(new DescribeStackResourcesCommand({ StackName: 's' }));
  assert.equal(
    StackResources?.[0]?.ResourceStatusReason,
    'Properties validation failed for resource Q with message:\n#: extraneous key [Colour] is not permitted\n#/DelaySeconds: expected type: Integer, found: String',
  );
});

test('templates are shown, and summed up', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: TWO_QUEUES }));
  await settled(cloud, 's');
  const { TemplateBody } = await formation.send(new GetTemplateCommand({ StackName: 's' }));
  assert.equal(TemplateBody, TWO_QUEUES);
  const summary = await formation.send(new GetTemplateSummaryCommand({ TemplateBody: TWO_QUEUES }));
  assert.deepEqual(summary.ResourceTypes, Array(3).fill('AWS::SQS::Queue'));
  const queues = { ResourceType: 'AWS::SQS::Queue', LogicalResourceIds: ['Inbox', 'Dead', 'Never'] };
  assert.deepEqual(summary.ResourceIdentifierSummaries, [{ ...queues, ResourceIdentifiers: ['QueueUrl'] }]);
  assert.deepEqual(
    summary.Parameters?.map(({ ParameterKey, ParameterType, DefaultValue }) => [
      ParameterKey,
      ParameterType,
      DefaultValue,
    ]),
    [['Delay', 'Number', '5']],
  );
  const strange = templateOf({ One: { Type: 'AWS::No::Thing' }, Two: { Type: 'AWS::SNS::Topic' } });
  const TemplateSummaryConfig = { TreatUnrecognizedResourceTypesAsWarnings: true };
  const { Warnings } = await formation.send(
    new GetTemplateSummaryCommand({ TemplateBody: strange, TemplateSummaryConfig }),
  );
  assert.deepEqual(Warnings, { UnrecognizedResourceTypes: ['AWS::No::Thing'] });
  const { Description } = await formation.send(new ValidateTemplateCommand({ TemplateBody: TWO_QUEUES }));
  assert.equal(Description, 'two queues');
});
