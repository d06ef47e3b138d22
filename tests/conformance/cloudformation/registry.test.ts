import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ActivateTypeCommand,
  CloudFormationClient,
  DescribeTypeCommand,
  ListTypesCommand,
  ListTypeVersionsCommand,
  RegisterTypeCommand,
  SetTypeConfigurationCommand,
} from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';

test('the types that exist here are those of AWS', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const Filters = { Category: 'AWS_TYPES' as const, TypeNamePrefix: 'AWS::SQS::' };
  const { TypeSummaries } = await formation.send(
    new ListTypesCommand({ Visibility: 'PUBLIC', Type: 'RESOURCE', Filters }),
  );
  assert.deepEqual(
    TypeSummaries?.map(({ TypeName, TypeArn }) => [TypeName, TypeArn]),
    ['Queue', 'QueueInlinePolicy', 'QueuePolicy'].map((name) => [
      `AWS::SQS::${name}`,
      `arn:aws:cloudformation:us-east-1::type/resource/AWS-SQS-${name}`,
    ]),
  );
  const first = await formation.send(new ListTypesCommand({ Visibility: 'PUBLIC', MaxResults: 2 }));
  const second = await formation.send(new ListTypesCommand({ Visibility: 'PUBLIC', NextToken: first.NextToken }));
  assert.equal(first.TypeSummaries?.length, 2);
  assert.ok((second.TypeSummaries?.[0]?.TypeName ?? '') > (first.TypeSummaries?.[1]?.TypeName ?? ''));
  assert.deepEqual((await formation.send(new ListTypesCommand({}))).TypeSummaries, []);
});

test('a type’s schema', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const type = { Type: 'RESOURCE' as const, TypeName: 'AWS::SNS::Topic' };
  const found = await formation.send(new DescribeTypeCommand(type));
  assert.equal(found.ProvisioningType, 'FULLY_MUTABLE');
  const schema = JSON.parse(found.Schema ?? '');
  assert.deepEqual(schema.primaryIdentifier, ['/properties/TopicArn']);
  assert.deepEqual(schema.readOnlyProperties, ['/properties/TopicArn']);
  assert.deepEqual(schema.tagging, { taggable: true, tagProperty: '/properties/Tags' });
  assert.deepEqual(schema.properties.TopicName, { type: 'string' });
  assert.deepEqual(schema.properties.Subscription, { type: 'array', items: { $ref: '#/definitions/Subscription' } });
  assert.ok(schema.createOnlyProperties.includes('/properties/TopicName'));
  assert.equal((await formation.send(new DescribeTypeCommand({ Arn: found.Arn }))).TypeName, 'AWS::SNS::Topic');
  const { TypeVersionSummaries } = await formation.send(new ListTypeVersionsCommand(type));
  assert.deepEqual(
    TypeVersionSummaries?.map(({ TypeName, IsDefaultVersion }) => [TypeName, IsDefaultVersion]),
    [['AWS::SNS::Topic', true]],
  );
  const missing = await failure(
    formation.send(new DescribeTypeCommand({ Type: 'RESOURCE', TypeName: 'AWS::None::Such' })),
  );
  assert.equal(
    `${missing.name}: ${missing.message}`,
    "TypeNotFoundException: The type 'AWS::None::Such' cannot be found.",
  );
  const vague = await failure(formation.send(new DescribeTypeCommand({ Type: 'RESOURCE' })));
  assert.equal(vague.message, 'Either Arn, or Type and TypeName must be specified');
});

test('hooks of the account are private types', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TypeNameAlias = 'Private::Lambda::Guard';
  const ExecutionRoleArn = 'arn:aws:iam::123456789012:role/hook';
  const activate = { Type: 'HOOK' as const, TypeName: 'AWS::Hooks::LambdaHook', TypeNameAlias, ExecutionRoleArn };
  const { Arn: TypeArn } = await formation.send(new ActivateTypeCommand(activate));
  const { TypeSummaries } = await formation.send(
    new ListTypesCommand({ Type: 'HOOK', Filters: { Category: 'ACTIVATED' } }),
  );
  assert.deepEqual(
    TypeSummaries?.map((one) => [one.TypeName, one.OriginalTypeName, one.IsActivated]),
    [[TypeNameAlias, 'AWS::Hooks::LambdaHook', true]],
  );
  const found = await formation.send(new DescribeTypeCommand({ Arn: TypeArn }));
  assert.deepEqual(
    [found.TypeName, found.ExecutionRoleArn, found.IsActivated],
    [TypeNameAlias, ExecutionRoleArn, true],
  );
  const bad = async (Configuration: string) =>
    (await failure(formation.send(new SetTypeConfigurationCommand({ TypeArn, Configuration })))).message;
  assert.equal(await bad('{'), 'Configuration must be JSON');
  assert.equal(await bad('{}'), 'Configuration must have CloudFormationConfiguration.HookConfiguration');
  assert.equal(
    await bad('{"CloudFormationConfiguration":{"HookConfiguration":{"FailureMode":"MAYBE"}}}'),
    'FailureMode must be FAIL or WARN',
  );
  const reserved = await failure(
    formation.send(new ActivateTypeCommand({ ...activate, TypeNameAlias: 'AWS::Hooks::Mine' })),
  );
  assert.equal(reserved.name, 'CFNRegistryException');
  const other = await failure(
    formation.send(new RegisterTypeCommand({ TypeName: 'My::Own::Type', SchemaHandlerPackage: 's3://a/b.zip' })),
  );
  assert.equal((other as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode, 501);
});
