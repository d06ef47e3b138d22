import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ActivateTypeCommand,
  BatchDescribeTypeConfigurationsCommand,
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeactivateTypeCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeChangeSetHooksCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  GetHookResultCommand,
  ListHookResultsCommand,
  SetTypeConfigurationCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { create, expectStatus, physicalIds, reasons, remove, settled, templateOf } from './stacks.ts';

const ACCOUNT = '123456789012';
const DAY = 86_400_000;
const ALIAS = 'Private::Lambda::Guard';
const TYPE_ARN = `arn:aws:cloudformation:us-east-1:${ACCOUNT}:type/hook/Private-Lambda-Guard`;
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:guard`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/hook`;
const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties });
const configuration = (more: object = {}) =>
  JSON.stringify({
    CloudFormationConfiguration: {
      HookConfiguration: {
        HookInvocationStatus: 'ENABLED',
        TargetOperations: ['RESOURCE'],
        FailureMode: 'FAIL',
        Properties: { LambdaFunction: FUNCTION },
        ...more,
      },
    },
  });

/** A function that refuses queues without a delay, and whatever names itself bad. */
const GUARD = `export const handler = async (event) => {
  const { targetModel, payload, targetType } = event.requestData;
  const text = payload === undefined ? '' : await (await fetch(payload)).text();
  const isBad = targetModel === undefined ? text.includes('bad') : targetModel.resourceProperties.DelaySeconds === undefined;
  return isBad
    ? { hookStatus: 'FAILED', errorCode: 'NonCompliant', message: event.actionInvocationPoint + ' of ' + targetType + ' is not allowed',
        annotations: [{ annotationName: 'delays', status: 'FAILED', remediationMessage: 'Give it a delay', severityLevel: 'HIGH' }] }
    : { hookStatus: 'SUCCESS', message: 'fine' };
};`;

async function hookRole(cloud: TestCloud) {
  const iam = cloud.client(IAMClient);
  const policy = (fields: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'hook',
      AssumeRolePolicyDocument: policy({
        Principal: { Service: 'hooks.cloudformation.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'aws:SourceAccount': '123456789012' },
          StringLike: { 'aws:SourceArn': `${TYPE_ARN}/*` },
        },
      }),
    }),
  );
  const PolicyDocument = policy({ Action: 'lambda:InvokeFunction', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'hook', PolicyName: 'invoke', PolicyDocument }));
}

/** A cloud's guard: its function, its role, and the hook that asks it. */
async function guard(cloud: TestCloud, Configuration = configuration(), source = GUARD) {
  const formation = cloud.client(CloudFormationClient);
  await createFunction(cloud, await functionRole(cloud), 'guard', source);
  await hookRole(cloud);
  await formation.send(
    new ActivateTypeCommand({
      Type: 'HOOK',
      TypeName: 'AWS::Hooks::LambdaHook',
      PublisherId: 'aws-hooks',
      TypeNameAlias: ALIAS,
      ExecutionRoleArn: ROLE,
    }),
  );
  await formation.send(new SetTypeConfigurationCommand({ TypeArn: TYPE_ARN, Configuration }));
}

const REFUSED = `The following hook(s) failed: [${ALIAS}]`;

test('a hook that refuses a resource fails it', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await guard(cloud);
  const { OperationId } = await formation.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: templateOf({ Bad: queue() }) }),
  );
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.deepEqual((await reasons(cloud, 's'))[0], `Bad: ${REFUSED}`);
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 's' }));
  const told = StackEvents.toReversed().filter(({ HookType }) => HookType !== undefined);
  assert.deepEqual(
    told.map((one) => [one.LogicalResourceId, one.ResourceStatus, one.HookStatus, one.HookStatusReason]),
    [
      ['Bad', 'CREATE_IN_PROGRESS', 'HOOK_IN_PROGRESS', 'Invoking hook'],
      [
        'Bad',
        'CREATE_IN_PROGRESS',
        'HOOK_COMPLETE_FAILED',
        'Hook failed with message: CREATE_PRE_PROVISION of AWS::SQS::Queue is not allowed',
      ],
    ],
  );
  const { OperationEvents = [] } = await formation.send(
    new DescribeEventsCommand({ OperationId, Filters: { FailedEvents: true } }),
  );
  assert.deepEqual(
    OperationEvents.map(({ EventType }) => EventType),
    ['PROVISIONING_ERROR', 'HOOK_INVOCATION_ERROR'],
  );
  const result = await formation.send(new GetHookResultCommand({ HookResultId: told[1]?.HookInvocationId }));
  const { $metadata, InvokedAt, HookResultId, ...rest } = result;
  assert.deepEqual(rest, {
    InvocationPoint: 'PRE_PROVISION',
    FailureMode: 'FAIL',
    TypeName: ALIAS,
    OriginalTypeName: 'AWS::Hooks::LambdaHook',
    TypeVersionId: '00000001',
    TypeConfigurationVersionId: '00000001',
    TypeArn: TYPE_ARN,
    Status: 'HOOK_COMPLETE_FAILED',
    HookStatusReason: 'Hook failed with message: CREATE_PRE_PROVISION of AWS::SQS::Queue is not allowed',
    Target: { TargetType: 'RESOURCE', TargetTypeName: 'AWS::SQS::Queue', TargetId: 'Bad', Action: 'CREATE' },
    Annotations: [
      { AnnotationName: 'delays', Status: 'FAILED', RemediationMessage: 'Give it a delay', SeverityLevel: 'HIGH' },
    ],
  });
});

test('a hook that warns lets it pass, and is asked about changes as well', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await guard(cloud, configuration({ FailureMode: 'WARN' }));
  await create(cloud, 's', templateOf({ Queue: queue({ DelaySeconds: 1 }) }));
  await formation.send(
    new UpdateStackCommand({ StackName: 's', TemplateBody: templateOf({ Queue: queue({ VisibilityTimeout: 5 }) }) }),
  );
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  const { HookResults = [] } = await formation.send(new ListHookResultsCommand({ TypeArn: TYPE_ARN }));
  assert.deepEqual(
    HookResults.map(({ Status, HookStatusReason, TargetId }) => [Status, HookStatusReason, TargetId]),
    [
      [
        'HOOK_COMPLETE_FAILED',
        'Hook failed with message: UPDATE_PRE_PROVISION of AWS::SQS::Queue is not allowed',
        'Queue',
      ],
      ['HOOK_COMPLETE_SUCCEEDED', 'Hook succeeded with message: fine', 'Queue'],
    ],
  );
  const failed = await formation.send(
    new ListHookResultsCommand({ TypeArn: TYPE_ARN, Status: 'HOOK_COMPLETE_FAILED' }),
  );
  assert.equal(failed.HookResults?.length, 1);
});

test('what a hook has said is told for 90 days', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await guard(cloud, configuration());
  await create(cloud, 's', templateOf({ Queue: queue({ DelaySeconds: 1 }) }));
  const said = async () => (await formation.send(new ListHookResultsCommand({}))).HookResults ?? [];
  const [{ HookResultId } = {}] = await said();
  await cloud.advance(91 * DAY);
  assert.deepEqual(await said(), []);
  const gone = await failure(formation.send(new GetHookResultCommand({ HookResultId })));
  assert.equal(gone.name, 'HookResultNotFoundException');
  // The next one takes its place.
  await create(cloud, 't', templateOf({ Queue: queue({ DelaySeconds: 1 }) }));
  assert.equal((await said()).length, 1);
});

test('hooks are asked about what their filters say', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TargetFilters = { Actions: ['CREATE'], TargetNames: ['AWS::SQS::*'] };
  const StackFilters = { FilteringCriteria: 'ALL', StackNames: { Exclude: ['free-*'] } };
  await guard(cloud, configuration({ TargetFilters, StackFilters }));
  const topic = { Type: 'AWS::SNS::Topic' };
  await create(cloud, 'free-one', templateOf({ Queue: queue() }));
  await create(cloud, 's', templateOf({ Topic: topic }));
  await formation.send(
    new UpdateStackCommand({ StackName: 's', TemplateBody: templateOf({ Topic: topic, Queue: queue() }) }),
  );
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  await remove(cloud, 's');
  assert.equal((await formation.send(new ListHookResultsCommand({}))).HookResults?.length, 1);
  await formation.send(
    new SetTypeConfigurationCommand({
      TypeArn: TYPE_ARN,
      Configuration: configuration({ HookInvocationStatus: 'DISABLED' }),
    }),
  );
  await create(cloud, 's', templateOf({ Queue: queue() }));
  await formation.send(new DeactivateTypeCommand({ Type: 'HOOK', TypeName: ALIAS }));
  const gone = await failure(formation.send(new DeactivateTypeCommand({ Type: 'HOOK', TypeName: ALIAS })));
  assert.equal(`${gone.name}: ${gone.message}`, `TypeNotFoundException: The type '${ALIAS}' cannot be found.`);
});

test('hooks are asked about stacks', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 'old', templateOf({ Queue: queue({ QueueName: 'bad' }) }));
  await guard(cloud, configuration({ TargetOperations: ['STACK'] }));
  await create(cloud, 'good', templateOf({ Queue: queue() }));
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: templateOf({ bad: queue() }) }));
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.deepEqual(await reasons(cloud, 's'), [`s: ${REFUSED}`]);
  await formation.send(new SetTypeConfigurationCommand({ TypeArn: TYPE_ARN, Configuration: configuration() }));
  // Without a delay, as the hook sees what is empty.
  await formation.send(new DeleteStackCommand({ StackName: 'old' }));
  const old = await settled(cloud, 'old');
  assert.deepEqual(
    [old?.StackStatus, old?.StackStatusReason],
    ['DELETE_FAILED', 'The following resource(s) failed to delete: [Queue]. '],
  );
  assert.deepEqual(await reasons(cloud, 'old'), [
    `Queue: ${REFUSED}`,
    'old: The following resource(s) failed to delete: [Queue]. ',
  ]);
  assert.deepEqual(Object.keys(await physicalIds(cloud, 'old')), ['Queue']);
});

test('hooks are asked about change sets, and told of by them', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await guard(cloud, configuration({ TargetOperations: ['CHANGE_SET', 'RESOURCE'] }));
  const make = async (ChangeSetName: string, TemplateBody: string) => {
    const asked = { StackName: ChangeSetName, ChangeSetName, TemplateBody, ChangeSetType: 'CREATE' as const };
    const { Id = '' } = await formation.send(new CreateChangeSetCommand(asked));
    await cloud.server.cloud.settle();
    return Id;
  };
  const bad = await make('wrong', templateOf({ bad: queue() }));
  const refused = await formation.send(new DescribeChangeSetCommand({ ChangeSetName: bad }));
  assert.deepEqual([refused.Status, refused.StatusReason], ['FAILED', REFUSED]);
  const { HookResults = [] } = await formation.send(
    new ListHookResultsCommand({ TargetType: 'CHANGE_SET', TargetId: bad }),
  );
  assert.deepEqual(
    HookResults.map(({ HookStatusReason }) => HookStatusReason),
    ['Hook failed with message: CREATE_PRE_PROVISION of CHANGE_SET is not allowed'],
  );
  const stranger = new ListHookResultsCommand({ TargetType: 'CHANGE_SET', TargetId: `${bad}x` });
  const { name, message } = await failure(formation.send(stranger));
  assert.deepEqual(
    [name, message],
    ['HookResultNotFoundException', "The specified target doesn't have any requested Hook invocations."],
  );
  const good = await make('right', templateOf({ Queue: queue() }));
  const { Hooks, Status } = await formation.send(new DescribeChangeSetHooksCommand({ ChangeSetName: good }));
  assert.equal(Status, 'PLANNED');
  assert.deepEqual(Hooks, [
    {
      InvocationPoint: 'PRE_PROVISION',
      FailureMode: 'FAIL',
      TypeName: ALIAS,
      TypeVersionId: '00000001',
      TypeConfigurationVersionId: '00000001',
      TargetDetails: {
        TargetType: 'RESOURCE',
        ResourceTargetDetails: {
          LogicalResourceId: 'Queue',
          ResourceType: 'AWS::SQS::Queue',
          ResourceAction: 'Add',
        },
      },
    },
  ]);
});

test('a function that fails, waits too often, or may not be asked', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const source =
    'export const handler = async ({ requestContext: { invocation } }) => ({ hookStatus: "IN_PROGRESS", callbackContext: { invocation } });';
  await guard(cloud, configuration({ FailureMode: 'WARN' }), source);
  await create(cloud, 's', templateOf({ Queue: queue() }));
  const other = configuration({ Properties: { LambdaFunction: FUNCTION.replace('guard', 'none') } });
  await formation.send(new SetTypeConfigurationCommand({ TypeArn: TYPE_ARN, Configuration: other }));
  await formation.send(new CreateStackCommand({ StackName: 't', TemplateBody: templateOf({ Queue: queue() }) }));
  await expectStatus(cloud, 't', 'ROLLBACK_COMPLETE');
  const { HookResults = [] } = await formation.send(new ListHookResultsCommand({}));
  assert.deepEqual(
    HookResults.map(({ Status, HookStatusReason }) => [Status, HookStatusReason]),
    [
      ['HOOK_FAILED', `Hook failed with message: Function not found: ${FUNCTION.replace('guard', 'none')}:$LATEST`],
      ['HOOK_FAILED', 'Hook failed with message: The hook gave no result'],
    ],
  );
});

test('a hook as a resource', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await createFunction(cloud, await functionRole(cloud), 'guard', GUARD);
  await hookRole(cloud);
  const template = (FailureMode: string) =>
    templateOf({
      Hook: {
        Type: 'AWS::CloudFormation::LambdaHook',
        Properties: {
          Alias: ALIAS,
          ExecutionRole: ROLE,
          FailureMode,
          HookStatus: 'ENABLED',
          LambdaFunction: FUNCTION,
          TargetOperations: ['RESOURCE'],
          TargetFilters: { TargetNames: ['AWS::SQS::Queue'], Actions: ['CREATE'] },
        },
      },
    });
  await create(cloud, 'hook', template('FAIL'));
  assert.deepEqual(await physicalIds(cloud, 'hook'), { Hook: TYPE_ARN });
  const described = async () => {
    const TypeConfigurationIdentifiers = [{ TypeArn: TYPE_ARN }, { TypeArn: `${TYPE_ARN}s` }];
    return formation.send(new BatchDescribeTypeConfigurationsCommand({ TypeConfigurationIdentifiers }));
  };
  const { TypeConfigurations, Errors } = await described();
  assert.match(TypeConfigurations?.[0]?.Configuration ?? '', /"FailureMode":"FAIL"/);
  assert.equal(TypeConfigurations?.[0]?.Arn, `${TYPE_ARN.replace(':type/', ':type-configuration/')}/default`);
  assert.deepEqual(
    Errors?.map(({ ErrorCode }) => ErrorCode),
    ['TypeConfigurationNotFoundException'],
  );
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: templateOf({ Queue: queue() }) }));
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  await formation.send(new UpdateStackCommand({ StackName: 'hook', TemplateBody: template('WARN') }));
  await expectStatus(cloud, 'hook', 'UPDATE_COMPLETE');
  assert.match((await described()).TypeConfigurations?.[0]?.Configuration ?? '', /"FailureMode":"WARN"/);
  await remove(cloud, 'hook');
  assert.deepEqual((await described()).TypeConfigurations, []);
});
