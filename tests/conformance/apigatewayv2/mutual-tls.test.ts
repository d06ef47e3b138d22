/** Custom domain names of HTTP APIs that ask clients for a certificate. */
import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { test } from 'node:test';
import {
  ApiGatewayV2Client,
  CreateApiMappingCommand,
  CreateAuthorizerCommand,
  CreateDomainNameCommand,
  DeleteDomainNameCommand,
  UpdateDomainNameCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { certificateFor } from '../../support/certificates.ts';
import { ask, type Signed, signed, trust } from '../../support/client-certificates.ts';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { apiFunction, drifted } from '../api-gateway/world.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { createApi } from './world.ts';

const DomainName = 'http.example.com';
const TruststoreUri = 's3://trust/certificates.pem';
const FORBIDDEN = [403, '{"message":"Forbidden"}'];
const CUT = 'ECONNRESET';

async function mutualDomain(cloud: TestCloud): Promise<void> {
  const CertificateArn = await certificateFor(cloud, DomainName);
  await cloud.client(ApiGatewayV2Client).send(
    new CreateDomainNameCommand({
      DomainName,
      DomainNameConfigurations: [{ CertificateArn }],
      MutualTlsAuthentication: { TruststoreUri },
    }),
  );
}

/** By HTTP/2. */
async function status(cloud: TestCloud, { cert, key }: Signed): Promise<number> {
  const to = `https://127.0.0.1:${new URL(cloud.url).port}`;
  const session = connect(to, { servername: DomainName, cert, key, rejectUnauthorized: false });
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({ ':authority': DomainName, ':path': '/' });
      stream.on('response', (headers) => resolve(Number(headers[':status'])));
      stream.on('error', reject);
    });
  } finally {
    session.destroy();
  }
}

test('functions, authorizers and logs are told of a certificate; nobody comes in without a good one', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const root = await signed('CN=Root', { isCa: true });
  const client = await signed('O=Example, CN=client', { by: root });
  await trust(cloud, root);
  await mutualDomain(cloud);
  const api = await createApi(cloud);
  const role = await functionRole(cloud);
  const echo = await apiFunction(
    cloud,
    'echo',
    'export const handler = async ({ requestContext: { authentication, identity } }) => ({ statusCode: 200, body: JSON.stringify({ authentication, identity }) });',
    role,
  );
  const guard = await apiFunction(
    cloud,
    'guard',
    'export const handler = async (e) => ({ isAuthorized: e.requestContext.authentication?.clientCert.subjectDN === "CN=client,O=Example" });',
    role,
  );
  const { AuthorizerId } = await api.client.send(
    new CreateAuthorizerCommand({
      ApiId: api.ApiId,
      Name: 'guard',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: guard,
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: [],
    }),
  );
  const guarded = { AuthorizationType: 'CUSTOM', AuthorizerId } as const;
  await api.route('GET /', await api.integration({ IntegrationUri: echo }), guarded);
  await api.route('GET /one', await api.integration({ IntegrationUri: echo, PayloadFormatVersion: '1.0' }), guarded);
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'access' }));
  const delivers = {
    Effect: 'Allow',
    Principal: { Service: 'delivery.logs.amazonaws.com' },
    Action: 'logs:*',
    Resource: '*',
  };
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [delivers] });
  await logs.send(new PutResourcePolicyCommand({ policyName: 'delivery', policyDocument }));
  await api.stage('$default', {
    AutoDeploy: true,
    AccessLogSettings: {
      DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:access',
      Format: '$context.path $context.identity.clientCert.issuerDN $context.identity.clientCert.validity.notAfter',
    },
  });
  await api.client.send(new CreateApiMappingCommand({ ApiId: api.ApiId, DomainName, Stage: '$default' }));
  const [code, text] = await ask(cloud, DomainName, client);
  assert.equal(code, 200, String(text));
  const { clientCertPem, serialNumber, ...facts } = JSON.parse(String(text)).authentication.clientCert;
  assert.equal(clientCertPem.trim(), client.cert.trim());
  assert.match(serialNumber, /^[0-9a-f:]+$/);
  const validity = { notBefore: 'Dec 31 00:00:00 2025 GMT', notAfter: 'Apr  1 00:00:00 2026 GMT' };
  assert.deepEqual(facts, { subjectDN: 'CN=client,O=Example', issuerDN: 'CN=Root', validity });
  const [, one] = await ask(cloud, DomainName, client, {}, '/one');
  assert.equal(JSON.parse(String(one)).identity.clientCert.subjectDN, 'CN=client,O=Example');
  assert.equal(await ask(cloud, DomainName), CUT);
  const stranger = await signed('O=Example, CN=client');
  const expired = await signed('O=Example, CN=client', { by: root, until: START - 1 });
  for (const other of [stranger, expired]) assert.deepEqual(await ask(cloud, DomainName, other), FORBIDDEN);
  assert.deepEqual([await status(cloud, client), await status(cloud, stranger)], [200, 403]);
  // At the API's own address, the authorizer hears of no certificate.
  const own = new URL(api.endpoint).hostname;
  assert.deepEqual(await ask(cloud, DomainName, client, { host: own }), FORBIDDEN);
  await cloud.server.cloud.settle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'access' }));
  assert.equal(events[0]?.message, `/ CN=Root ${validity.notAfter}`);
});

/** Leads a part of the domain to an API: who comes in is told of the rest that nothing is there. */
async function elsewhere(cloud: TestCloud): Promise<void> {
  const { client, ApiId, stage } = await createApi(cloud);
  await stage();
  await client.send(new CreateApiMappingCommand({ ApiId, DomainName, Stage: '$default', ApiMappingKey: 'elsewhere' }));
}

test('a truststore is changed and left', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const [one, two] = [await signed('CN=One', { isCa: true }), await signed('CN=Two', { isCa: true })];
  const version = await trust(cloud, one);
  await mutualDomain(cloud);
  await trust(cloud, two);
  const client = cloud.client(ApiGatewayV2Client);
  const change = (MutualTlsAuthentication: { TruststoreUri?: string; TruststoreVersion?: string | undefined }) =>
    client.send(new UpdateDomainNameCommand({ DomainName, MutualTlsAuthentication }));
  await elsewhere(cloud);
  const statuses = async () => [
    (await ask(cloud, DomainName, await signed('CN=client', { by: one })))[0],
    (await ask(cloud, DomainName, await signed('CN=client', { by: two })))[0],
  ];
  assert.deepEqual(await statuses(), [404, 403]);
  await client.send(new UpdateDomainNameCommand({ DomainName }));
  assert.deepEqual(await statuses(), [404, 403]);
  await change({ TruststoreUri });
  assert.deepEqual(await statuses(), [403, 404]);
  const shown = await change({ TruststoreVersion: version });
  assert.deepEqual(shown.MutualTlsAuthentication, { TruststoreUri, TruststoreVersion: version });
  assert.deepEqual(await statuses(), [404, 403]);
  const refused = await failure(change({ TruststoreUri: 's3://trust/none' }));
  assert.deepEqual(
    [refused.name, refused.message],
    ['BadRequestException', 'Unable to read the truststore s3://trust/none: The specified key does not exist.'],
  );
  const left = await change({ TruststoreUri: '' });
  assert.equal(left.MutualTlsAuthentication, undefined);
  assert.equal((await ask(cloud, DomainName))[0], 404);
  await client.send(new DeleteDomainNameCommand({ DomainName }));
});

test('a stack asks for certificates, and no longer', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const root = await signed('CN=Root', { isCa: true });
  await trust(cloud, root, await signed('CN=Old', { isCa: true, until: START - 1 }));
  const CertificateArn = await certificateFor(cloud, DomainName);
  const document = (more: object) =>
    templateOf({
      Domain: {
        Type: 'AWS::ApiGatewayV2::DomainName',
        Properties: { DomainName, DomainNameConfigurations: [{ CertificateArn }], ...more },
      },
    });
  const client = await signed('CN=client', { by: root });
  await create(cloud, 'web', document({ MutualTlsAuthentication: { TruststoreUri } }));
  await elsewhere(cloud);
  assert.equal(await ask(cloud, DomainName), CUT);
  assert.equal((await ask(cloud, DomainName, client))[0], 404);
  assert.deepEqual(await drifted(cloud, 'web'), []);
  await update(cloud, 'web', document({}));
  assert.equal((await ask(cloud, DomainName))[0], 404);
  await update(cloud, 'web', document({ MutualTlsAuthentication: { TruststoreUri } }));
  assert.equal(await ask(cloud, DomainName), CUT);
  await remove(cloud, 'web');
});
