/** What clients of REST APIs and domain names have to speak: security policies and access modes. */
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateDomainNameCommand,
  CreateRestApiCommand,
  GetExportCommand,
  GetRestApiCommand,
  ImportRestApiCommand,
  UpdateRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { createApi } from './world.ts';

const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;
const NEWEST = 'SecurityPolicy_TLS13_1_3_2025_09';
type Tls = { maxVersion?: 'TLSv1.2'; servername?: string };

/** The status of an answer, or why there is none. */
function ask(cloud: TestCloud, host: string, path: string, tls: Tls = {}): Promise<number | string> {
  const { port } = new URL(cloud.url);
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      servername: host,
      rejectUnauthorized: false,
      agent: false,
      ...tls,
    };
    request({ ...options, headers: { host: `${host}:${port}` } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? ''))
      .end();
  });
}

test('an API is reached by the versions of TLS of its policy, and strictly by its own name', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const endpointConfiguration = { types: ['REGIONAL' as const] };
  const api = await createApi(cloud, { endpointConfiguration });
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200');
  await api.deploy();
  const host = `${restApiId}.execute-api.us-east-1.localhost`;
  const change = (...patchOperations: ReturnType<typeof replace>[]) =>
    client.send(new UpdateRestApiCommand({ restApiId, patchOperations }));
  assert.equal(await ask(cloud, host, '/v1', { maxVersion: 'TLSv1.2' }), 200);
  const needsMode = await failure(change(replace('/securityPolicy', NEWEST)));
  assert.match(needsMode.message, /^An endpoint access mode must be specified/);
  const changed = await change(replace('/securityPolicy', NEWEST), replace('/endpointAccessMode', 'BASIC'));
  assert.deepEqual(
    [changed.securityPolicy, changed.endpointAccessMode, changed.apiStatus],
    [NEWEST, 'BASIC', 'AVAILABLE'],
  );
  assert.equal(await ask(cloud, host, '/v1', { maxVersion: 'TLSv1.2' }), 'EPROTO');
  assert.equal(await ask(cloud, host, '/v1'), 200);
  assert.equal(await ask(cloud, host, '/v1', { servername: 'other.example.com' }), 200);
  await api.deploy();
  const parameters = { extensions: 'apigateway' };
  const exported = await client.send(
    new GetExportCommand({ restApiId, stageName: 'v1', exportType: 'oas30', parameters }),
  );
  const document = JSON.parse(Buffer.from(exported.body ?? '').toString());
  assert.equal(document['x-amazon-apigateway-security-policy'], NEWEST);
  assert.equal(document['x-amazon-apigateway-endpoint-access-mode'], 'BASIC');
  await change(
    replace('/securityPolicy', 'SecurityPolicy_TLS13_1_2_PQ_2025_09'),
    replace('/endpointAccessMode', 'STRICT'),
  );
  assert.equal(await ask(cloud, host, '/v1', { maxVersion: 'TLSv1.2' }), 200);
  assert.equal(await ask(cloud, host, '/v1', { servername: 'other.example.com' }), 403);
  await change(replace('/securityPolicy', 'TLS_1_2'), replace('/endpointAccessMode', ''));
  assert.equal((await client.send(new GetRestApiCommand({ restApiId }))).endpointAccessMode, undefined);
  assert.equal(await ask(cloud, host, '/v1', { servername: 'other.example.com' }), 200);
  const edge = { name: 'e', securityPolicy: 'SecurityPolicy_TLS13_2025_EDGE', endpointAccessMode: 'BASIC' } as const;
  assert.equal((await client.send(new CreateRestApiCommand(edge))).securityPolicy, edge.securityPolicy);
  const wrong = await failure(client.send(new CreateRestApiCommand({ ...edge, endpointConfiguration })));
  assert.deepEqual(
    [wrong.name, wrong.message],
    [
      'BadRequestException',
      'The security policy SecurityPolicy_TLS13_2025_EDGE is not supported for REGIONAL endpoints.',
    ],
  );
});

test('a domain name has a policy of its own; documents and templates name both', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const client = cloud.client(APIGatewayClient);
  const regionalCertificateArn = await certificateFor(cloud, '*.example.com');
  const domain = { domainName: 'a.example.com', regionalCertificateArn };
  const endpointConfiguration = { types: ['REGIONAL' as const] };
  const security = { securityPolicy: NEWEST, endpointAccessMode: 'STRICT' } as const;
  const made = await client.send(new CreateDomainNameCommand({ ...domain, endpointConfiguration, ...security }));
  assert.deepEqual([made.securityPolicy, made.endpointAccessMode], [NEWEST, 'STRICT']);
  // Nothing is mapped to it.
  assert.equal(await ask(cloud, 'a.example.com', '/'), 403);
  assert.equal(await ask(cloud, 'a.example.com', '/', { maxVersion: 'TLSv1.2' }), 'EPROTO');
  const extensions = {
    'x-amazon-apigateway-security-policy': NEWEST,
    'x-amazon-apigateway-endpoint-access-mode': 'BASIC',
  };
  const body = Buffer.from(JSON.stringify({ openapi: '3.0.1', info: { title: 'a' }, paths: {}, ...extensions }));
  const parameters = { endpointConfigurationTypes: 'REGIONAL' };
  const imported = await client.send(new ImportRestApiCommand({ body, parameters }));
  assert.deepEqual([imported.securityPolicy, imported.endpointAccessMode], [NEWEST, 'BASIC']);
  const template = (EndpointAccessMode?: string) =>
    templateOf({
      Api: {
        Type: 'AWS::ApiGateway::RestApi',
        Properties: {
          Name: 'made',
          EndpointConfiguration: { Types: ['REGIONAL'] },
          ...(EndpointAccessMode !== undefined && { SecurityPolicy: NEWEST, EndpointAccessMode }),
        },
      },
      Domain: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: {
          DomainName: 'b.example.com',
          RegionalCertificateArn: regionalCertificateArn,
          EndpointConfiguration: { Types: ['REGIONAL'] },
          ...(EndpointAccessMode !== undefined && { SecurityPolicy: NEWEST, EndpointAccessMode }),
        },
      },
    });
  for (const mode of ['BASIC', 'STRICT', undefined])
    await (mode === 'BASIC' ? create : update)(cloud, 'secure', template(mode));
  await remove(cloud, 'secure');
});
