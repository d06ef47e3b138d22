/** Services that HTTP APIs call by themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from '@aws-sdk/client-kinesis';
import { startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

test('a record is put into a stream, as the integration says, by its role', async () => {
  await using cloud = await startTestCloud();
  const kinesis = cloud.client(KinesisClient);
  const iam = cloud.client(IAMClient);
  await kinesis.send(new CreateStreamCommand({ StreamName: 'clicks', ShardCount: 1 }));
  const allow = (more: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
  const trust = allow({ Action: 'sts:AssumeRole', Principal: { Service: 'apigateway.amazonaws.com' } });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'puts', AssumeRolePolicyDocument: trust }));
  const PolicyDocument = allow({ Action: 'kinesis:PutRecord', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'puts', PolicyName: 'put', PolicyDocument }));
  const api = await createApi(cloud);
  const integration = await api.integration({
    IntegrationSubtype: 'Kinesis-PutRecord',
    PayloadFormatVersion: '1.0',
    CredentialsArn: Role?.Arn,
    RequestParameters: { StreamName: 'clicks', Data: '$request.body.Data', PartitionKey: '$request.path.page' },
  });
  await api.route('POST /{page}', integration);
  await api.stage();
  const answer = await api.visit('/home', {
    method: 'POST',
    body: JSON.stringify({ Data: 'Here is the data' }),
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.status, 200);
  const at = { StreamName: 'clicks', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at));
  const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  assert.deepEqual(
    Records?.map(({ Data, PartitionKey }) => [Buffer.from(Data ?? '').toString(), PartitionKey]),
    [['Here is the data', 'home']],
  );
  assert.match(answer.text, new RegExp(Records?.[0]?.SequenceNumber ?? 'none'));
});
