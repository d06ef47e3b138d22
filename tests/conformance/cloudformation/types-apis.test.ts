/** Types around APIs that other tests leave out: what hangs on routes, integrations and domain names; authorizers, and the account's role. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  GetAccountCommand,
  GetAuthorizersCommand,
  GetRestApisCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  GetApiMappingsCommand,
  GetDeploymentsCommand,
  GetDomainNameCommand,
  GetIntegrationResponsesCommand,
  GetModelsCommand,
  GetRouteResponsesCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CloudFrontClient, ListContinuousDeploymentPoliciesCommand } from '@aws-sdk/client-cloudfront';
import { certificateFor } from '../../support/certificates.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { drifted } from '../api-gateway/world.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from './stacks.ts';

const ref = (Ref: string) => ({ Ref });
const att = (...names: [string, string]) => ({ 'Fn::GetAtt': names });

test('what hangs on a WebSocket API', async () => {
  await using cloud = await startTestCloud();
  const CertificateArn = await certificateFor(cloud, '*.example.com');
  const v2 = (type: string, Properties: object) => ({ Type: `AWS::ApiGatewayV2::${type}`, Properties });
  const template = (second: boolean) =>
    templateOf(
      {
        Api: v2('Api', { Name: 'chat', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' }),
        Integration: v2('Integration', { ApiId: ref('Api'), IntegrationType: 'MOCK' }),
        Answer: v2('IntegrationResponse', {
          ApiId: ref('Api'),
          IntegrationId: ref('Integration'),
          IntegrationResponseKey: '$default',
          TemplateSelectionExpression: second ? '404' : '200',
        }),
        Route: v2('Route', {
          ApiId: ref('Api'),
          RouteKey: 'say',
          RouteResponseSelectionExpression: '$default',
          Target: { 'Fn::Join': ['/', ['integrations', ref('Integration')]] },
        }),
        Said: v2('RouteResponse', {
          ApiId: ref('Api'),
          RouteId: ref('Route'),
          RouteResponseKey: '$default',
          ...(second && { ModelSelectionExpression: '$default' }),
        }),
        Model: v2('Model', {
          ApiId: ref('Api'),
          Name: 'Words',
          ContentType: 'application/json',
          Schema: { type: second ? 'string' : 'object' },
        }),
        Deployment: {
          ...v2('Deployment', { ApiId: ref('Api'), Description: second ? 'two' : 'one' }),
          DependsOn: 'Route',
        },
        Stage: v2('Stage', { ApiId: ref('Api'), StageName: 'live', DeploymentId: ref('Deployment') }),
        Domain: v2('DomainName', {
          DomainName: 'chat.example.com',
          DomainNameConfigurations: [{ CertificateArn, EndpointType: 'REGIONAL' }],
          Tags: { team: second ? 'b' : 'a' },
        }),
        Mapping: v2('ApiMapping', {
          ApiId: ref('Api'),
          DomainName: ref('Domain'),
          Stage: ref('Stage'),
          ApiMappingKey: second ? 'v2' : 'v1',
        }),
      },
      {
        Outputs: {
          Regional: { Value: att('Domain', 'RegionalDomainName') },
          Mapping: { Value: att('Mapping', 'ApiMappingId') },
        },
      },
    );
  await create(cloud, 'chat', template(false));
  const ids = await physicalIds(cloud, 'chat');
  const client = cloud.client(ApiGatewayV2Client);
  const shown = async () => {
    const ApiId = ids.Api;
    const answers = await client.send(new GetIntegrationResponsesCommand({ ApiId, IntegrationId: ids.Integration }));
    const said = await client.send(new GetRouteResponsesCommand({ ApiId, RouteId: ids.Route }));
    const models = await client.send(new GetModelsCommand({ ApiId }));
    const deployments = await client.send(new GetDeploymentsCommand({ ApiId }));
    const mappings = await client.send(new GetApiMappingsCommand({ DomainName: 'chat.example.com' }));
    const { Tags } = await client.send(new GetDomainNameCommand({ DomainName: 'chat.example.com' }));
    return [
      answers.Items?.map((one) => one.TemplateSelectionExpression).join(),
      said.Items?.map((one) => `${one.RouteResponseKey}${one.ModelSelectionExpression ?? ''}`).join(),
      JSON.parse(models.Items?.[0]?.Schema ?? '{}').type,
      deployments.Items?.map(({ Description }) => Description).join(),
      mappings.Items?.map(({ ApiMappingKey }) => ApiMappingKey).join(),
      Tags?.team,
    ];
  };
  assert.deepEqual(await shown(), ['200', '$default', 'object', 'one', 'v1', 'a']);
  const values = await outputs(cloud, 'chat');
  assert.match(values.Regional ?? '', /^d-.*\.execute-api\.us-east-1\.amazonaws\.com$/);
  assert.equal(values.Mapping, ids.Mapping);
  assert.deepEqual(await drifted(cloud, 'chat'), []);
  await update(cloud, 'chat', template(true));
  assert.deepEqual(await shown(), ['404', '$default$default', 'string', 'two', 'v2', 'b']);
  assert.deepEqual(await physicalIds(cloud, 'chat'), ids);
  await remove(cloud, 'chat');
});

test('authorizers of a REST API, and the role of the account', async () => {
  await using cloud = await startTestCloud();
  const URI =
    'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations';
  const template = (ttl: number, account: boolean) =>
    templateOf({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' },
            ],
          },
          ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'],
        },
      },
      Account: {
        Type: 'AWS::ApiGateway::Account',
        Properties: account ? { CloudWatchRoleArn: att('Role', 'Arn') } : {},
      },
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'api' } },
      Guard: {
        Type: 'AWS::ApiGateway::Authorizer',
        Properties: {
          RestApiId: ref('Api'),
          Name: 'guard',
          Type: 'TOKEN',
          AuthorizerUri: URI,
          IdentitySource: 'method.request.header.Token',
          AuthorizerResultTtlInSeconds: ttl,
        },
      },
    });
  await create(cloud, 'guarded', template(60, true));
  const ids = await physicalIds(cloud, 'guarded');
  const client = cloud.client(APIGatewayClient);
  const ttl = async () =>
    (await client.send(new GetAuthorizersCommand({ restApiId: ids.Api }))).items?.map(
      (one) => one.authorizerResultTtlInSeconds,
    );
  const roleArn = async () => (await client.send(new GetAccountCommand({}))).cloudwatchRoleArn;
  assert.deepEqual(await ttl(), [60]);
  assert.equal(await roleArn(), `arn:aws:iam::123456789012:role/${ids.Role}`);
  assert.deepEqual(await drifted(cloud, 'guarded'), []);
  await update(cloud, 'guarded', template(0, false));
  assert.deepEqual(await ttl(), [0]);
  assert.equal(await roleArn(), undefined);
  assert.equal((await physicalIds(cloud, 'guarded')).Guard, ids.Guard);
  await remove(cloud, 'guarded');
});

test('a policy of continuous deployment', async () => {
  await using cloud = await startTestCloud();
  const template = (Weight: number) =>
    templateOf({
      Staging: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Enabled: true,
            Staging: true,
            Origins: [
              { Id: 'web', DomainName: 'localhost', CustomOriginConfig: { OriginProtocolPolicy: 'http-only' } },
            ],
            DefaultCacheBehavior: {
              TargetOriginId: 'web',
              ViewerProtocolPolicy: 'allow-all',
              CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
            },
          },
        },
      },
      Policy: {
        Type: 'AWS::CloudFront::ContinuousDeploymentPolicy',
        Properties: {
          ContinuousDeploymentPolicyConfig: {
            Enabled: true,
            StagingDistributionDnsNames: [att('Staging', 'DomainName')],
            TrafficConfig: { Type: 'SingleWeight', SingleWeightConfig: { Weight } },
          },
        },
      },
    });
  await create(cloud, 'weights', template(0.05));
  const cloudfront = cloud.client(CloudFrontClient);
  const weights = async () => {
    const { ContinuousDeploymentPolicyList } = await cloudfront.send(new ListContinuousDeploymentPoliciesCommand({}));
    return ContinuousDeploymentPolicyList?.Items?.map(
      ({ ContinuousDeploymentPolicy: one }) =>
        one?.ContinuousDeploymentPolicyConfig?.TrafficConfig?.SingleWeightConfig?.Weight,
    );
  };
  assert.deepEqual(await weights(), [0.05]);
  await update(cloud, 'weights', template(0.1));
  assert.deepEqual(await weights(), [0.1]);
  await remove(cloud, 'weights');
  assert.equal(await weights(), undefined);
});

test("binary media types of a REST API, with a slash or the template's `~1`", async () => {
  await using cloud = await startTestCloud();
  const template = (...BinaryMediaTypes: string[]) =>
    templateOf({ Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'pictures', BinaryMediaTypes } } });
  const types = async () => {
    const { items } = await cloud.client(APIGatewayClient).send(new GetRestApisCommand({}));
    return items?.[0]?.binaryMediaTypes;
  };
  await create(cloud, 'pictures', template('image~1png', 'image/gif'));
  assert.deepEqual(await types(), ['image/png', 'image/gif']);
  await update(cloud, 'pictures', template('image~1gif', '*~1*'));
  assert.deepEqual(await types(), ['image/gif', '*/*']);
});
