import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  GetDocumentationPartCommand,
  GetRestApiCommand,
  GetStageCommand,
  GetUsagePlanCommand,
} from '@aws-sdk/client-api-gateway';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { visit } from '../../support/traffic.ts';
import { create, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { drifted } from './world.ts';

const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });
const ref = (name: string) => ({ Ref: name });

function template(role: string, answer: string, deployment: string): string {
  const mock = {
    Type: 'MOCK',
    RequestTemplates: { 'application/json': '{"statusCode": 200}' },
    IntegrationResponses: [{ StatusCode: 200, ResponseTemplates: { 'application/json': answer } }],
  };
  return templateOf({
    Api: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: {
        Name: `api ${answer}`,
        EndpointConfiguration: { Types: ['REGIONAL'] },
        Tags: [{ Key: 'team', Value: 'a' }],
      },
    },
    Pets: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: ref('Api'), ParentId: att('Api', 'RootResourceId'), PathPart: 'pets' },
    },
    Pet: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: ref('Api'), ParentId: ref('Pets'), PathPart: '{id}' },
    },
    Mock: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: ref('Api'),
        ResourceId: ref('Pets'),
        HttpMethod: 'GET',
        AuthorizationType: 'NONE',
        ApiKeyRequired: 'true',
        Integration: mock,
        MethodResponses: [{ StatusCode: '200' }],
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
        Code: { ZipFile: 'exports.handler = async (event) => ({ statusCode: 200, body: event.pathParameters.id });' },
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: ref('Function'),
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: { 'Fn::Sub': `arn:aws:execute-api:us-east-1:123456789012:\${Api}/*/GET/pets/{id}` },
      },
    },
    Call: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: ref('Api'),
        ResourceId: ref('Pet'),
        HttpMethod: 'GET',
        AuthorizationType: 'NONE',
        Integration: {
          Type: 'AWS_PROXY',
          IntegrationHttpMethod: 'POST',
          Uri: {
            'Fn::Sub': `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\${Function.Arn}/invocations`,
          },
        },
      },
    },
    [deployment]: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: ['Mock', 'Call'],
      Properties: { RestApiId: ref('Api') },
    },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId: ref('Api'),
        StageName: 'prod',
        DeploymentId: ref(deployment),
        Variables: { a: answer },
        MethodSettings: [
          { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: '50', ThrottlingBurstLimit: 20 },
          { ResourcePath: '/~1pets~1{id}', HttpMethod: 'GET', ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 },
        ],
      },
    },
    Key: {
      Type: 'AWS::ApiGateway::ApiKey',
      Properties: { Name: 'k', Enabled: true, Value: 'abcdefghijklmnopqrstuvwxyz' },
    },
    Plan: {
      Type: 'AWS::ApiGateway::UsagePlan',
      DependsOn: 'Stage',
      Properties: {
        UsagePlanName: answer,
        ApiStages: [{ ApiId: ref('Api'), Stage: 'prod' }],
        Throttle: { RateLimit: 10, BurstLimit: '5' },
      },
    },
    PlanKey: {
      Type: 'AWS::ApiGateway::UsagePlanKey',
      Properties: { KeyId: ref('Key'), KeyType: 'API_KEY', UsagePlanId: ref('Plan') },
    },
    Model: {
      Type: 'AWS::ApiGateway::Model',
      Properties: { RestApiId: ref('Api'), ContentType: 'application/json', Name: 'Pet', Schema: { type: 'object' } },
    },
    Validator: {
      Type: 'AWS::ApiGateway::RequestValidator',
      Properties: { RestApiId: ref('Api'), Name: 'v', ValidateRequestBody: answer === 'two' },
    },
    Missing: {
      Type: 'AWS::ApiGateway::GatewayResponse',
      Properties: { RestApiId: ref('Api'), ResponseType: 'MISSING_AUTHENTICATION_TOKEN', StatusCode: '404' },
    },
  });
}

test('a stack makes an API that answers, changes it where it is, and takes it away', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  await create(cloud, 'web', template(role, 'one', 'First'));
  assert.deepEqual(await drifted(cloud, 'web'), []);
  const ids = await physicalIds(cloud, 'web');
  const api = ids.Api ?? '';
  const ask = (path: string, headers = {}) =>
    visit(`http://${api}.execute-api.us-east-1.localhost:${new URL(cloud.url).port}/prod${path}`, { headers });
  const key = { 'x-api-key': 'abcdefghijklmnopqrstuvwxyz' };
  assert.deepEqual([(await ask('/pets')).status, (await ask('/pets', key)).text], [403, 'one']);
  assert.equal((await ask('/pets/7')).text, '7');
  assert.equal((await ask('/nothing')).status, 404);
  const client = cloud.client(APIGatewayClient);
  const stage = () => client.send(new GetStageCommand({ restApiId: api, stageName: 'prod' }));
  const { methodSettings = {} } = await stage();
  assert.deepEqual(Object.keys(methodSettings), ['*/*', '~1pets~1{id}/GET']);
  assert.equal(methodSettings['*/*']?.throttlingRateLimit, 50);
  await update(cloud, 'web', template(role, 'two', 'Second'));
  const after = await physicalIds(cloud, 'web');
  assert.deepEqual([after.Api, after.Pets, after.Plan, after.First], [api, ids.Pets, ids.Plan, undefined]);
  assert.deepEqual([(await ask('/pets', key)).text, (await stage()).variables], ['two', { a: 'two' }]);
  assert.equal((await client.send(new GetUsagePlanCommand({ usagePlanId: ids.Plan ?? '' }))).name, 'two');
  assert.deepEqual(await drifted(cloud, 'web'), []);
  await remove(cloud, 'web');
  assert.equal((await failure(client.send(new GetRestApiCommand({ restApiId: api })))).name, 'NotFoundException');
});

test('an API may be one OpenAPI document', async () => {
  await using cloud = await startTestCloud();
  const body = (says: string) => ({
    openapi: '3.0.1',
    info: { title: 'documented', version: '1' },
    paths: {
      '/pets/{id}': {
        get: {
          parameters: [{ in: 'path', name: 'id', required: true, schema: { type: 'string' } }],
          responses: {
            200: {
              description: 'ok',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
            },
          },
          'x-amazon-apigateway-integration': {
            type: 'mock',
            requestTemplates: { 'application/json': '{"statusCode": 200}' },
            responses: { default: { statusCode: '200', responseTemplates: { 'application/json': says } } },
          },
        },
      },
    },
    components: { schemas: { Pet: { type: 'object' } } },
  });
  const document = (says: string, more: object = {}) =>
    templateOf({
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Body: body(says), ...more } },
      [says]: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: ref('Api'), StageName: 'v1' } },
    });
  await create(cloud, 'web', document('hello'));
  const { Api = '' } = await physicalIds(cloud, 'web');
  const ask = async () =>
    (await visit(`http://${Api}.execute-api.us-east-1.localhost:${new URL(cloud.url).port}/v1/pets/1`)).text;
  assert.equal(await ask(), 'hello');
  await update(cloud, 'web', document('again'));
  assert.equal(await ask(), 'again');
  const nameOf = async () =>
    (await cloud.client(APIGatewayClient).send(new GetRestApiCommand({ restApiId: Api }))).name;
  assert.equal(await nameOf(), 'documented');
  await update(cloud, 'web', document('more', { Name: 'own' }));
  assert.equal(await nameOf(), 'own');
});

test('canaries and documentation of a stack', async () => {
  await using cloud = await startTestCloud();
  const body = (says: string) => ({
    openapi: '3.0.1',
    info: { title: 'documented', version: '1' },
    servers: [{ url: '/base' }],
    paths: {
      '/pets': {
        get: {
          responses: { 200: { description: 'what it says' } },
          'x-amazon-apigateway-integration': {
            type: 'mock',
            requestTemplates: { 'application/json': '{"statusCode": 200}' },
            responses: { default: { statusCode: '200', responseTemplates: { 'application/json': says } } },
          },
        },
      },
    },
  });
  const document = (percent: number, team: string) =>
    templateOf({
      Api: {
        Type: 'AWS::ApiGateway::RestApi',
        Properties: {
          Body: body('$stageVariables.who'),
          Parameters: { basepath: 'prepend' },
          EndpointConfiguration: { Types: [percent === 0 ? 'EDGE' : 'REGIONAL'] },
        },
      },
      First: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: ref('Api') } },
      Stage: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: {
          RestApiId: ref('Api'),
          StageName: 'v1',
          DeploymentId: ref('First'),
          Variables: { who: 'stage' },
          ClientCertificateId: ref('Certificate'),
          CanarySetting: {
            DeploymentId: ref('First'),
            PercentTraffic: percent,
            StageVariableOverrides: { who: 'canary' },
          },
          Tags: [{ Key: team, Value: 'x' }],
        },
      },
      Certificate: {
        Type: 'AWS::ApiGateway::ClientCertificate',
        Properties: { Description: team, Tags: [{ Key: team, Value: 'x' }] },
      },
      Part: {
        Type: 'AWS::ApiGateway::DocumentationPart',
        Properties: { RestApiId: ref('Api'), Location: { Type: 'API' }, Properties: `{"info":"${team}"}` },
      },
      Version: {
        Type: 'AWS::ApiGateway::DocumentationVersion',
        DependsOn: 'Part',
        Properties: { RestApiId: ref('Api'), DocumentationVersion: '1', Description: team },
      },
    });
  await create(cloud, 'web', document(0, 'one'));
  const { Api: restApiId = '', Part: documentationPartId = '' } = await physicalIds(cloud, 'web');
  const at = `http://${restApiId}.execute-api.us-east-1.localhost:${new URL(cloud.url).port}/v1/base/pets`;
  const ask = async () => (await visit(at)).text;
  assert.deepEqual([await ask(), await drifted(cloud, 'web')], ['stage', []]);
  await update(cloud, 'web', document(100, 'two'));
  assert.deepEqual([await ask(), await drifted(cloud, 'web')], ['canary', []]);
  const client = cloud.client(APIGatewayClient);
  const { tags } = await client.send(new GetStageCommand({ restApiId, stageName: 'v1' }));
  assert.deepEqual([tags?.one, tags?.two], [undefined, 'x']);
  const { endpointConfiguration } = await client.send(new GetRestApiCommand({ restApiId }));
  assert.deepEqual(endpointConfiguration?.types, ['REGIONAL']);
  const part = await client.send(new GetDocumentationPartCommand({ restApiId, documentationPartId }));
  assert.equal(part.properties, '{"info":"two"}');
  await remove(cloud, 'web');
  assert.equal((await failure(client.send(new GetRestApiCommand({ restApiId })))).name, 'NotFoundException');
});
