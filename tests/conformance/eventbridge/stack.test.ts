import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeApiDestinationCommand,
  DescribeArchiveCommand,
  DescribeConnectionCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { failure, startTestCloud } from '../../support/cloud.ts';
import {
  create,
  expectStatus,
  outputs,
  physicalIds,
  reasons,
  remove,
  templateOf,
  update,
} from '../cloudformation/stacks.ts';

const get = (logical: string, attribute: string) => ({ 'Fn::GetAtt': [logical, attribute] });

function template(version: number, name?: string) {
  return templateOf(
    {
      Bus: {
        Type: 'AWS::Events::EventBus',
        Properties: { Name: 'orders', Description: `v${version}`, Tags: [{ Key: 'v', Value: `${version}` }] },
      },
      Others: {
        Type: 'AWS::Events::EventBusPolicy',
        Properties: {
          EventBusName: { Ref: 'Bus' },
          StatementId: 'others',
          Action: 'events:PutEvents',
          Principal: '210987654321',
        },
      },
      Sales: {
        Type: 'AWS::Events::EventBusPolicy',
        DependsOn: 'Others',
        Properties: {
          EventBusName: { Ref: 'Bus' },
          StatementId: 'sales',
          Statement: {
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${100000000000 + version}:root` },
            Action: 'events:PutEvents',
            Resource: get('Bus', 'Arn'),
          },
        },
      },
      Archive: {
        Type: 'AWS::Events::Archive',
        Properties: {
          SourceArn: get('Bus', 'Arn'),
          RetentionDays: version,
          EventPattern: { source: ['shop'] },
          // No key of one's own, as CDK writes it.
          KmsKeyIdentifier: '',
        },
      },
      Connection: {
        Type: 'AWS::Events::Connection',
        Properties: {
          ...(name !== undefined && { Name: name }),
          AuthorizationType: 'BASIC',
          AuthParameters: { BasicAuthParameters: { Username: `user ${version}`, Password: 'hush' } },
        },
      },
      Destination: {
        Type: 'AWS::Events::ApiDestination',
        Properties: {
          ConnectionArn: get('Connection', 'Arn'),
          HttpMethod: 'POST',
          InvocationEndpoint: `https://example.com/v${version}`,
          InvocationRateLimitPerSecond: `${version}0`,
        },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' }],
          },
        },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventBusName: { Ref: 'Bus' },
          EventPattern: { source: ['shop'] },
          Targets: [{ Id: 'd', Arn: get('Destination', 'Arn'), RoleArn: get('Role', 'Arn'), Input: `${version}` }],
        },
      },
      Plain: { Type: 'AWS::Events::Rule', Properties: { Name: 'plain', EventPattern: { source: ['shop'] } } },
    },
    {
      Outputs: {
        Rule: { Value: { Ref: 'Rule' } },
        Plain: { Value: { Ref: 'Plain' } },
        Bus: { Value: get('Bus', 'Arn') },
      },
    },
  );
}

test('a stack makes, changes, replaces and removes what leads outward', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const seen = async () => {
    const ids = await physicalIds(cloud, 'shop');
    const [EventBusName, Rule] = ids.Rule?.split('|') ?? [];
    const { Policy, Description } = await events.send(new DescribeEventBusCommand({ Name: 'orders' }));
    const { AuthParameters } = await events.send(new DescribeConnectionCommand({ Name: ids.Connection }));
    const found = await events.send(new DescribeApiDestinationCommand({ Name: ids.Destination }));
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule, EventBusName }));
    const { RetentionDays } = await events.send(new DescribeArchiveCommand({ ArchiveName: ids.Archive }));
    const { Bus: ResourceARN } = await outputs(cloud, 'shop');
    const { Tags } = await events.send(new ListTagsForResourceCommand({ ResourceARN }));
    const statements = JSON.parse(Policy ?? '{}').Statement.map((one: { Sid: string; Principal: { AWS: string } }) => [
      one.Sid,
      one.Principal.AWS,
    ]);
    return [
      [Description, RetentionDays, Tags?.find(({ Key }) => Key === 'v')?.Value],
      Object.fromEntries(statements),
      AuthParameters?.BasicAuthParameters?.Username,
      [found.InvocationEndpoint, found.InvocationRateLimitPerSecond, found.ApiDestinationState],
      Targets?.map(({ Input, Arn }) => [Input, Arn === found.ApiDestinationArn]),
    ];
  };
  const expected = (version: number) => [
    [`v${version}`, version, `${version}`],
    { others: 'arn:aws:iam::210987654321:root', sales: `arn:aws:iam::10000000000${version}:root` },
    `user ${version}`,
    [`https://example.com/v${version}`, version * 10, 'ACTIVE'],
    [[`${version}`, true]],
  ];
  await create(cloud, 'shop', template(1));
  assert.deepEqual(await seen(), expected(1));
  const { Rule, Plain } = await outputs(cloud, 'shop');
  assert.match(Rule ?? '', /^orders\|shop-Rule-[A-Z0-9]{12}$/);
  assert.equal(Plain, 'plain');
  await update(cloud, 'shop', template(2));
  assert.deepEqual(await seen(), expected(2));
  const { Connection: before } = await physicalIds(cloud, 'shop');
  await update(cloud, 'shop', template(3, 'named'));
  assert.deepEqual(await seen(), expected(3));
  assert.equal((await physicalIds(cloud, 'shop')).Connection, 'named');
  for (const Name of [before, 'named']) {
    if (Name === 'named') await remove(cloud, 'shop');
    const error = await failure(events.send(new DescribeConnectionCommand({ Name })));
    assert.equal(error.name, 'ResourceNotFoundException');
  }
});

test('a stack tells of a target that can not be what was said of it', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const RoleArn = 'arn:aws:iam::123456789012:role/r';
  const said = async (StackName: string, Arn: string) => {
    const Properties = { EventPattern: { source: ['shop'] }, Targets: [{ Id: 't', Arn, RoleArn }] };
    const TemplateBody = templateOf({ Rule: { Type: 'AWS::Events::Rule', Properties } });
    await formation.send(new CreateStackCommand({ StackName, TemplateBody }));
    await expectStatus(cloud, StackName, 'ROLLBACK_COMPLETE');
    assert.deepEqual((await cloud.client(EventBridgeClient).send(new ListRulesCommand({}))).Rules, []);
    return (await reasons(cloud, StackName))[0];
  };
  assert.match(
    (await said('role', RoleArn)) ?? '',
    /"iam is not a supported service for a target\." \(HandlerErrorCode: InvalidRequest\)$/,
  );
  assert.match(
    (await said('machine', 'arn:aws:states:us-east-1:123456789012:stateMachine:m')) ?? '',
    /^Rule: (Resource handler returned message: ")?Cloudyard brings events to no arn:aws:states:us-east-1:123456789012:stateMachine:m yet\./,
  );
});

test("a rule's targets that others have put stay, and the rule with them", async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const target = (Id: string) => ({ Id, Arn: `arn:aws:sqs:us-east-1:000000000000:${Id}` });
  const ids = async () =>
    (await events.send(new ListTargetsByRuleCommand({ Rule: 'sales' }))).Targets?.map(({ Id }) => Id).toSorted();
  const rule = (...Targets: object[]) =>
    templateOf({
      Rule: { Type: 'AWS::Events::Rule', Properties: { Name: 'sales', EventPattern: { source: ['shop'] }, Targets } },
    });
  await create(cloud, 's', rule(target('one'), target('two')));
  await events.send(new PutTargetsCommand({ Rule: 'sales', Targets: [target('theirs')] }));
  const TemplateBody = rule(target('two'), target('three'));
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand({ StackName: 's', TemplateBody }));
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  assert.deepEqual(await ids(), ['theirs', 'three', 'two']);
  await cloud.client(CloudFormationClient).send(new DeleteStackCommand({ StackName: 's' }));
  await expectStatus(cloud, 's', 'DELETE_FAILED');
  assert.match((await reasons(cloud, 's'))[0] ?? '', /Rule can't be deleted since it has targets/);
  assert.deepEqual(await ids(), ['theirs']);
});
