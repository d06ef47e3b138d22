import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDomainNameCommand as CreateRestDomainNameCommand,
  DeleteBasePathMappingCommand,
  DeleteRestApiCommand,
  DeleteStageCommand as DeleteRestStageCommand,
  GetBasePathMappingsCommand,
  GetDomainNameCommand as GetRestDomainNameCommand,
  GetTagsCommand,
  UpdateDomainNameCommand as UpdateRestDomainNameCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  CreateRouteResponseCommand,
  DeleteApiCommand,
  DeleteApiMappingCommand,
  DeleteDomainNameCommand,
  DeleteStageCommand,
  GetApiMappingsCommand,
  GetDomainNameCommand,
  GetDomainNamesCommand,
  TagResourceCommand,
  UpdateApiMappingCommand,
} from '@aws-sdk/client-apigatewayv2';
import { WebSocket } from 'ws';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { createApi as createRestApi } from '../api-gateway/world.ts';
import { createChat } from './chat.ts';
import { createApi } from './world.ts';

const DomainName = 'a.example.com';
const NEWEST = 'SecurityPolicy_TLS13_1_3_2025_09';

async function restApi(cloud: TestCloud, options: Parameters<typeof createRestApi>[1] = {}) {
  const api = await createRestApi(cloud, options);
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', 'rest $context.path');
  await api.deploy();
  return api.restApiId;
}

async function httpApi(cloud: TestCloud) {
  const { ApiId, stage } = await createApi(cloud);
  await stage();
  return ApiId;
}

async function restDomain(cloud: TestCloud, options: object = {}, types: ('EDGE' | 'REGIONAL')[] = ['REGIONAL']) {
  const arn = await certificateFor(cloud, DomainName);
  const certificate = types[0] === 'REGIONAL' ? { regionalCertificateArn: arn } : { certificateArn: arn };
  const given = { domainName: DomainName, endpointConfiguration: { types }, ...certificate, ...options };
  return cloud.client(APIGatewayClient).send(new CreateRestDomainNameCommand(given));
}

test('a domain name is one, by whichever API it is made, and leads to APIs of both', async () => {
  await using cloud = await startTestCloud();
  const [rest, client] = [cloud.client(APIGatewayClient), cloud.client(ApiGatewayV2Client)];
  const [restApiId, ApiId] = [await restApi(cloud), await httpApi(cloud)];
  const made = await restDomain(cloud, { tags: { a: 'b' } });
  const shown = await client.send(new GetDomainNameCommand({ DomainName }));
  const [configuration] = shown.DomainNameConfigurations ?? [];
  assert.deepEqual(
    [configuration?.ApiGatewayDomainName, configuration?.CertificateArn, configuration?.EndpointType],
    [made.regionalDomainName, made.regionalCertificateArn, 'REGIONAL'],
  );
  assert.deepEqual([shown.RoutingMode, shown.Tags], ['API_MAPPING_ONLY', { a: 'b' }]);
  const { Items = [] } = await client.send(new GetDomainNamesCommand({}));
  assert.deepEqual(
    Items.map((one) => one.DomainName),
    [DomainName],
  );
  await client.send(new TagResourceCommand({ ResourceArn: made.domainNameArn, Tags: { c: 'd' } }));
  const { tags } = await rest.send(new GetTagsCommand({ resourceArn: made.domainNameArn }));
  assert.deepEqual(tags, { a: 'b', c: 'd' });
  await rest.send(
    new CreateBasePathMappingCommand({ domainName: DomainName, restApiId, stage: 'v1', basePath: 'old' }),
  );
  const deep = { DomainName, ApiId: restApiId, Stage: 'v1', ApiMappingKey: 'very/deep' };
  await client.send(new CreateApiMappingCommand(deep));
  const { ApiMappingId = '' } = await client.send(
    new CreateApiMappingCommand({ DomainName, ApiId, Stage: '$default', ApiMappingKey: 'web' }),
  );
  const ask = async (path: string) => (await visit(`http://${DomainName}:${new URL(cloud.url).port}${path}`)).text;
  const nothing = '{"message":"Not Found"}';
  assert.deepEqual(
    [await ask('/old'), await ask('/very/deep/'), await ask('/web/x'), await ask('/other')],
    ['rest /old', 'rest /very/deep/', nothing, nothing],
  );
  const listed = await client.send(new GetApiMappingsCommand({ DomainName }));
  assert.deepEqual(listed.Items?.map((one) => one.ApiMappingKey).sort(), ['old', 'very/deep', 'web']);
  const { items = [] } = await rest.send(new GetBasePathMappingsCommand({ domainName: DomainName }));
  assert.deepEqual(
    items.map((one) => [one.basePath, one.restApiId]),
    [
      ['old', restApiId],
      ['very/deep', restApiId],
    ],
  );
  const moved = { DomainName, ApiMappingId, ApiId: restApiId, Stage: 'v1', ApiMappingKey: '' };
  assert.equal((await client.send(new UpdateApiMappingCommand(moved))).ApiMappingKey, '');
  assert.equal(await ask('/'), 'rest /');
  await client.send(new DeleteDomainNameCommand({ DomainName }));
  const gone = await failure(rest.send(new GetRestDomainNameCommand({ domainName: DomainName })));
  assert.deepEqual([gone.name, gone.message], ['NotFoundException', 'Invalid domain name identifier specified']);
});

test('APIs and stages that a domain name leads to stay', async () => {
  await using cloud = await startTestCloud();
  const [rest, client] = [cloud.client(APIGatewayClient), cloud.client(ApiGatewayV2Client)];
  const [restApiId, ApiId] = [await restApi(cloud), await httpApi(cloud)];
  const CertificateArn = await certificateFor(cloud, DomainName);
  await client.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations: [{ CertificateArn }] }));
  await rest.send(new CreateBasePathMappingCommand({ domainName: DomainName, restApiId }));
  const mapping = { DomainName, ApiId, Stage: '$default', ApiMappingKey: 'web' };
  const { ApiMappingId = '' } = await client.send(new CreateApiMappingCommand(mapping));
  const messageOf = async (asked: Promise<unknown>) => (await failure(asked)).message;
  assert.equal(
    await messageOf(rest.send(new DeleteRestApiCommand({ restApiId }))),
    `Deleting RestApi ${restApiId} failed. Please remove all base path mappings related to the RestApi in your domains.`,
  );
  assert.equal(
    await messageOf(client.send(new DeleteApiCommand({ ApiId }))),
    `Deleting API ${ApiId} failed. Please remove all API mappings for the API from your custom domain names.`,
  );
  await rest.send(new CreateBasePathMappingCommand({ domainName: DomainName, basePath: 'v', restApiId, stage: 'v1' }));
  const stages = [
    ['v1', rest.send(new DeleteRestStageCommand({ restApiId, stageName: 'v1' }))],
    ['$default', client.send(new DeleteStageCommand({ ApiId, StageName: '$default' }))],
  ] as const;
  for (const [stage, asked] of stages) {
    const { name, message } = await failure(asked);
    assert.deepEqual(
      [name, message],
      [
        'BadRequestException',
        `Deleting stage ${stage} failed. Please remove all base path mappings related to the stage in your domains: ${DomainName}`,
      ],
    );
  }
  await rest.send(new DeleteBasePathMappingCommand({ domainName: DomainName, basePath: 'v' }));
  await rest.send(new DeleteRestStageCommand({ restApiId, stageName: 'v1' }));
  await rest.send(new DeleteBasePathMappingCommand({ domainName: DomainName, basePath: '(none)' }));
  await rest.send(new DeleteRestApiCommand({ restApiId }));
  await client.send(new DeleteApiMappingCommand({ DomainName, ApiMappingId }));
  await client.send(new DeleteApiCommand({ ApiId }));
});

test('what may not be mapped together is refused', async () => {
  await using cloud = await startTestCloud();
  const [rest, client] = [cloud.client(APIGatewayClient), cloud.client(ApiGatewayV2Client)];
  const [restApiId, ApiId] = [await restApi(cloud), await httpApi(cloud)];
  const refused = async (asked: Promise<unknown>) => (await failure(asked)).name;
  const again = async (options: object, types?: ('EDGE' | 'REGIONAL')[]) => {
    await client.send(new DeleteDomainNameCommand({ DomainName })).catch(() => undefined);
    await restDomain(cloud, options, types);
  };
  const map = (api: string, ApiMappingKey: string, Stage = '$default') =>
    client.send(new CreateApiMappingCommand({ DomainName, ApiId: api, Stage, ApiMappingKey }));
  await again({ securityPolicy: NEWEST, endpointAccessMode: 'BASIC' });
  assert.equal(await refused(map(ApiId, 'web')), 'BadRequestException');
  await map(restApiId, 'rest', 'v1');
  await again({}, ['EDGE']);
  assert.equal(await refused(map(ApiId, 'web')), 'BadRequestException');
  assert.equal(await refused(map(restApiId, 'a/b', 'v1')), 'BadRequestException');
  await again({});
  await map(ApiId, 'web');
  const patchOperations = [
    { op: 'replace', path: '/securityPolicy', value: NEWEST } as const,
    { op: 'replace', path: '/endpointAccessMode', value: 'BASIC' } as const,
  ];
  const change = () => rest.send(new UpdateRestDomainNameCommand({ domainName: DomainName, patchOperations }));
  assert.equal(await refused(change()), 'BadRequestException');
  const endpointConfiguration = { types: ['REGIONAL' as const] };
  const secured = await restApi(cloud, { securityPolicy: NEWEST, endpointAccessMode: 'BASIC', endpointConfiguration });
  await map(secured, 'one', 'v1');
  assert.equal(await refused(map(secured, 'one/two', 'v1')), 'BadRequestException');
});

test('a web socket is opened at a domain name of the first API, which leads to nothing else then', async () => {
  await using cloud = await startTestCloud();
  const chat = await createChat(cloud);
  const { client, ApiId } = chat.api;
  const RouteId = await chat.api.route('$default', chat.target);
  await client.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }));
  await chat.deploy();
  await restDomain(cloud);
  await client.send(new CreateApiMappingCommand({ DomainName, ApiId, Stage: 'dev', ApiMappingKey: 'chat' }));
  const other = { DomainName, ApiId: await httpApi(cloud), Stage: '$default' };
  assert.equal((await failure(client.send(new CreateApiMappingCommand(other)))).name, 'BadRequestException');
  const socket = new WebSocket(`ws://127.0.0.1:${new URL(cloud.url).port}/chat`, { headers: { host: DomainName } });
  await once(socket, 'open');
  socket.send('{"action": "none"}');
  const [heard] = await once(socket, 'message');
  assert.deepEqual([JSON.parse(String(heard)).routeKey, JSON.parse(String(heard)).type], ['$default', 'MESSAGE']);
  socket.close();
  await once(socket, 'close');
});

test('a base path has one level', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  await restDomain(cloud);
  const create = (basePath: string, restApiId: string) =>
    failure(client.send(new CreateBasePathMappingCommand({ domainName: DomainName, restApiId, basePath })));
  const deep = await create('a/b', 'x');
  assert.match(deep.message, /^API Gateway V1 doesn't support the slash character \(\/\) in base path mappings\./);
  const { name, message } = await create('a', 'none');
  assert.deepEqual([name, message], ['BadRequestException', 'Invalid REST API identifier specified']);
});
