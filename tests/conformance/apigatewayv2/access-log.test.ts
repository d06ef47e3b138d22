/** Access logs of HTTP APIs: whoever switches them on has them written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ApiGatewayV2Client,
  CreateAuthorizerCommand,
  GetStageCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeResourcePoliciesCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { startOrigin } from '../cloudfront/origin.ts';
import { createApi } from './world.ts';

test('whoever switches an access log on lets the delivery write to its group, and must be allowed to', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  await api.stage();
  const logs = cloud.client(CloudWatchLogsClient);
  for (const logGroupName of ['own', '/aws/vendedlogs/a', '/aws/vendedlogs/b'])
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const settings = (group: string) => ({
    ApiId: api.ApiId,
    StageName: '$default',
    AccessLogSettings: {
      DestinationArn: `arn:aws:logs:us-east-1:123456789012:log-group:${group}`,
      Format: '$context.httpMethod $context.status',
    },
  });
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const statement = { Effect: 'Allow', Action: 'apigateway:*', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'apis', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  const ann = cloud.client(ApiGatewayV2Client, { credentials });
  const refused = await failure(ann.send(new UpdateStageCommand(settings('own'))));
  assert.deepEqual(
    [refused.name, refused.message],
    ['BadRequestException', 'Insufficient permissions to enable logging'],
  );
  const stage = await api.client.send(new GetStageCommand({ ApiId: api.ApiId, StageName: '$default' }));
  assert.equal(stage.AccessLogSettings, undefined);
  for (const group of ['/aws/vendedlogs/a', '/aws/vendedlogs/b', 'own', 'own'])
    await api.client.send(new UpdateStageCommand(settings(group)));
  await api.visit('/nowhere');
  await cloud.server.cloud.settle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'own' }));
  assert.deepEqual(
    events.map(({ message }) => message),
    ['GET 404'],
  );
  // What CloudWatch Logs has no time for comes when it has: after a second, two, and four.
  const throttled = (id: string, lasts: number) =>
    cloud.server.cloud.kernel.faults.put({
      id,
      service: 'cloudwatch-logs',
      operation: 'PutLogEvents',
      probability: 1,
      until: cloud.server.cloud.kernel.clock.now() + lasts,
      effect: { kind: 'throttle' },
    });
  const written = async () => {
    await cloud.server.cloud.settle();
    const all = await logs.send(new FilterLogEventsCommand({ logGroupName: 'own' }));
    return all.events?.length;
  };
  throttled('a', 5_000);
  await api.visit('/later');
  assert.equal(await written(), 1);
  await cloud.advance(6_999);
  assert.equal(await written(), 1);
  await cloud.advance(1);
  assert.equal(await written(), 2);
  throttled('b', 31_001);
  await api.visit('/never');
  await cloud.advance(60_000);
  assert.equal(await written(), 2);
  const { resourcePolicies = [] } = await logs.send(new DescribeResourcePoliciesCommand({}));
  assert.deepEqual(
    resourcePolicies.map(({ policyName }) => policyName),
    ['AWSLogDeliveryWrite20150319'],
  );
  const { Statement } = JSON.parse(resourcePolicies[0]?.policyDocument ?? '');
  assert.deepEqual(
    Statement.map(({ Resource }: { Resource: string }) => Resource.replace(/^.*:log-group:/, '')),
    ['/aws/vendedlogs/*:log-stream:*', 'own:log-stream:*'],
  );
});

test('access logs tell the ids of what was asked, and the name that an authorizer has given', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { 'x-amz-request-id': 'one', 'x-amz-id-2': 'two' }).end('body'),
  );
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, ApiId } = api;
  const statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
  const policyDocument = { Version: '2012-10-17', Statement: [statement] };
  const { FunctionArn = '' } = await createFunction(
    cloud,
    await functionRole(cloud),
    'authorizer',
    `export const handler = async () => (${JSON.stringify({ principalId: 'ann', policyDocument })});`,
  );
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'authorizer',
      StatementId: 'api',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    }),
  );
  const { AuthorizerId } = await client.send(
    new CreateAuthorizerCommand({
      ApiId,
      Name: 'authorizer',
      AuthorizerType: 'REQUEST',
      IdentitySource: [],
      AuthorizerPayloadFormatVersion: '2.0',
      AuthorizerUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
    }),
  );
  const target = await api.integration({
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'GET',
    IntegrationUri: `http://localhost:${origin.port}/`,
    PayloadFormatVersion: '1.0',
  });
  await api.route('GET /', target, { AuthorizationType: 'CUSTOM', AuthorizerId });
  await api.stage();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'own' }));
  const Format =
    '$context.requestId $context.authorizer.principalId $context.awsEndpointRequestId $context.awsEndpointRequestId2';
  const AccessLogSettings = { DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:own', Format };
  await client.send(new UpdateStageCommand({ ApiId, StageName: '$default', AccessLogSettings }));
  assert.equal((await api.visit('/')).text, 'body');
  await cloud.server.cloud.settle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'own' }));
  assert.match(events[0]?.message ?? '', / ann one two$/);
});
