import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ApiGatewayV2Client,
  CreateRouteCommand,
  GetApiCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { visit } from '../../support/traffic.ts';
import { drifted } from '../api-gateway/world.ts';
import { create, expectNoDrift, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';

const ref = (name: string) => ({ Ref: name });

function template(role: string, name: string): string {
  return templateOf({
    Api: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: {
        Name: name,
        ProtocolType: 'HTTP',
        Tags: { team: 'a', [name]: 'b' },
        CorsConfiguration: { AllowOrigins: ['*'], MaxAge: '60' },
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'f',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: role,
        Timeout: 20,
        Code: {
          ZipFile: 'exports.handler = async (event) => ({ key: event.routeKey, variables: event.stageVariables });',
        },
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: ref('Function'),
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: { 'Fn::Sub': `arn:aws:execute-api:us-east-1:123456789012:\${Api}/*/*/pets` },
      },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: ref('Api'),
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] },
        PayloadFormatVersion: 2,
        ResponseParameters: {
          '200': { ResponseParameters: [{ Destination: 'append:header.x-told', Source: name }] },
        },
        TimeoutInMillis: '5000',
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: ref('Api'),
        RouteKey: `${name === 'one' ? 'GET' : 'ANY'} /pets`,
        Target: { 'Fn::Sub': `integrations/\${Integration}` },
      },
    },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ApiId: ref('Api'),
        StageName: '$default',
        AutoDeploy: 'true',
        StageVariables: { name, [name]: 'x' },
      },
    },
    Authorizer: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: ref('Api'),
        Name: 'jwt',
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Audience: [name], Issuer: 'https://issuer.example' },
      },
    },
  });
}

test('a stack makes an HTTP API that answers, changes it where it is, and takes it away', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  await create(cloud, 'web', template(role, 'one'));
  assert.deepEqual(await drifted(cloud, 'web'), []);
  const ids = await physicalIds(cloud, 'web');
  const at = `http://${ids.Api}.execute-api.us-east-1.localhost:${new URL(cloud.url).port}/pets`;
  const ask = async () => {
    const { text, headers } = await visit(at);
    return { ...JSON.parse(text), told: headers['x-told'] };
  };
  assert.deepEqual(await ask(), { key: 'GET /pets', variables: { name: 'one', one: 'x' }, told: 'one' });
  await update(cloud, 'web', template(role, 'two'));
  assert.deepEqual(await physicalIds(cloud, 'web'), ids);
  assert.deepEqual(await ask(), { key: 'ANY /pets', variables: { name: 'two', two: 'x' }, told: 'two' });
  const client = cloud.client(ApiGatewayV2Client);
  const { Name, Tags, CorsConfiguration } = await client.send(new GetApiCommand({ ApiId: ids.Api }));
  assert.deepEqual(
    [Name, Tags?.team, Tags?.one, Tags?.two, CorsConfiguration?.MaxAge],
    ['two', 'a', undefined, 'b', 60],
  );
  assert.equal((await client.send(new GetStageCommand({ ApiId: ids.Api, StageName: '$default' }))).AutoDeploy, true);
  assert.deepEqual(await drifted(cloud, 'web'), []);
  await remove(cloud, 'web');
  assert.equal((await failure(client.send(new GetApiCommand({ ApiId: ids.Api })))).name, 'NotFoundException');
});

test('an HTTP API may be one OpenAPI document', async () => {
  await using cloud = await startTestCloud();
  const document = (path: string) =>
    templateOf({
      Api: {
        Type: 'AWS::ApiGatewayV2::Api',
        Properties: {
          Body: {
            openapi: '3.0.1',
            info: { title: 'documented', version: '1' },
            paths: {
              [path]: {
                get: {
                  'x-amazon-apigateway-integration': {
                    type: 'http_proxy',
                    httpMethod: 'GET',
                    uri: 'http://127.0.0.1:1/',
                    // As YAML reads it without quotes.
                    payloadFormatVersion: 1.0,
                  },
                },
              },
            },
          },
        },
      },
      Stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: { ApiId: ref('Api'), StageName: '$default', AutoDeploy: true },
      },
    });
  await create(cloud, 'web', document('/one'));
  const { Api = '' } = await physicalIds(cloud, 'web');
  const ask = async (path: string) =>
    (await visit(`http://${Api}.execute-api.us-east-1.localhost:${new URL(cloud.url).port}${path}`)).status;
  assert.deepEqual([await ask('/one'), await ask('/two')], [503, 404]);
  await update(cloud, 'web', document('/two'));
  assert.deepEqual([await ask('/one'), await ask('/two')], [404, 503]);
});

test('what quick create made gets other settings', async () => {
  await using cloud = await startTestCloud();
  const gateway = cloud.client(ApiGatewayV2Client);
  const overridden = (TimeoutInMillis: number, StageVariables: object) =>
    templateOf({
      Api: {
        Type: 'AWS::ApiGatewayV2::Api',
        Properties: { Name: 'quick', ProtocolType: 'HTTP', Target: 'https://example.com/' },
      },
      Overrides: {
        Type: 'AWS::ApiGatewayV2::ApiGatewayManagedOverrides',
        Properties: {
          ApiId: ref('Api'),
          Integration: { TimeoutInMillis: String(TimeoutInMillis), Description: 'quick' },
          Route: { AuthorizationType: 'AWS_IAM' },
          Stage: { StageVariables, DefaultRouteSettings: { ThrottlingBurstLimit: 5, ThrottlingRateLimit: '2.5' } },
        },
      },
    });
  await create(cloud, 'quick', overridden(5_000, { a: '1', b: '2' }));
  const { Api: ApiId } = await physicalIds(cloud, 'quick');
  const parts = async () => {
    const { Items: [integration] = [] } = await gateway.send(new GetIntegrationsCommand({ ApiId }));
    const { Items: [route] = [] } = await gateway.send(new GetRoutesCommand({ ApiId }));
    const stage = await gateway.send(new GetStageCommand({ ApiId, StageName: '$default' }));
    return [integration?.TimeoutInMillis, integration?.Description, route?.AuthorizationType, stage.StageVariables];
  };
  assert.deepEqual(await parts(), [5_000, 'quick', 'AWS_IAM', { a: '1', b: '2' }]);
  await update(cloud, 'quick', overridden(6_000, { a: '3' }));
  assert.deepEqual(await parts(), [6_000, 'quick', 'AWS_IAM', { a: '3' }]);
  const { DefaultRouteSettings } = await gateway.send(new GetStageCommand({ ApiId, StageName: '$default' }));
  assert.equal(DefaultRouteSettings?.ThrottlingRateLimit, 2.5);
  await remove(cloud, 'quick');
});

test('a stage that deploys by itself may name a first deployment, and has not drifted with the next', async () => {
  await using cloud = await startTestCloud();
  const body = (Description: string) =>
    templateOf({
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'pets', ProtocolType: 'HTTP' } },
      Integration: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          ApiId: ref('Api'),
          IntegrationType: 'HTTP_PROXY',
          IntegrationMethod: 'GET',
          IntegrationUri: 'https://example.com',
          PayloadFormatVersion: '1.0',
        },
      },
      Route: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: {
          ApiId: ref('Api'),
          RouteKey: 'GET /',
          Target: { 'Fn::Join': ['/', ['integrations', ref('Integration')]] },
        },
      },
      First: { Type: 'AWS::ApiGatewayV2::Deployment', DependsOn: 'Route', Properties: { ApiId: ref('Api') } },
      Stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: { ApiId: ref('Api'), StageName: 'dev', AutoDeploy: true, DeploymentId: ref('First'), Description },
      },
    });
  await create(cloud, 'pets', body('one'));
  const { Api: ApiId } = await physicalIds(cloud, 'pets');
  const gateway = cloud.client(ApiGatewayV2Client);
  await gateway.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /other' }));
  await expectNoDrift(cloud, 'pets');
  await update(cloud, 'pets', body('two'));
  const { Description } = await gateway.send(new GetStageCommand({ ApiId, StageName: 'dev' }));
  assert.equal(Description, 'two');
});
