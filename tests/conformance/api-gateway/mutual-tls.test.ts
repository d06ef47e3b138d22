/** Custom domain names that ask clients for a certificate. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACMClient, ImportCertificateCommand } from '@aws-sdk/client-acm';
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDomainNameCommand,
  type CreateDomainNameCommandInput,
  DeleteDomainNameCommand,
  GetDomainNameCommand,
  UpdateDomainNameCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { certificateFor, foreignCertificate } from '../../support/certificates.ts';
import { ask, putTruststore as put, type Signed, signed, trust } from '../../support/client-certificates.ts';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { apiFunction, createApi, drifted } from './world.ts';

const DAY = 86_400_000;
const domainName = 'api.example.com';
const truststoreUri = 's3://trust/certificates.pem';
const FORBIDDEN = [403, '{"message":"Forbidden"}'];
const CUT = 'ECONNRESET';

/** An API at a domain name; it answers with the event that its function gets. */
async function mutualApi(cloud: TestCloud, options: Partial<CreateDomainNameCommandInput> = {}) {
  const api = await createApi(cloud);
  const uri = await apiFunction(
    cloud,
    'echo',
    'export const handler = async (e) => ({ statusCode: 200, body: JSON.stringify(e.requestContext.identity.clientCert ?? "none") });',
  );
  await api.method(api.rootResourceId, 'GET', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  await api.deploy();
  const regionalCertificateArn = await certificateFor(cloud, domainName);
  const { client, restApiId } = api;
  const made = await client.send(
    new CreateDomainNameCommand({
      domainName,
      regionalCertificateArn,
      endpointConfiguration: { types: ['REGIONAL'] },
      mutualTlsAuthentication: { truststoreUri },
      ...options,
    }),
  );
  await client.send(new CreateBasePathMappingCommand({ domainName, restApiId, stage: 'v1' }));
  return { ...api, made };
}

test('clients come in with a certificate for which the truststore vouches; functions are told of it', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const root = await signed('CN=Root, O=Example', { isCa: true });
  const between = await signed('CN=Between', { isCa: true, by: root });
  const client = await signed('O=Example, OU=Unit, CN=client', { by: between });
  await trust(cloud, between, root);
  const { made, restApiId } = await mutualApi(cloud);
  assert.deepEqual(made.mutualTlsAuthentication, { truststoreUri });
  const answer = await ask(cloud, domainName, client);
  assert.equal(answer[0], 200);
  const { clientCertPem, serialNumber, ...facts } = JSON.parse(String(answer[1]));
  assert.equal(clientCertPem.trim(), client.cert.trim());
  assert.match(serialNumber, /^([0-9a-f]{2}:)+[0-9a-f]{2}$/);
  assert.deepEqual(facts, {
    subjectDN: 'CN=client,OU=Unit,O=Example',
    issuerDN: 'CN=Between',
    validity: { notBefore: 'Dec 31 00:00:00 2025 GMT', notAfter: 'Apr  1 00:00:00 2026 GMT' },
  });
  assert.equal(await ask(cloud, domainName), CUT);
  // A certificate that was shown for one host says nothing at another, and none is asked for where nobody wants one.
  const own = `${restApiId}.execute-api.us-east-1.localhost`;
  assert.deepEqual(await ask(cloud, own, client, {}, '/v1'), [200, '"none"']);
  assert.deepEqual(await ask(cloud, domainName, client, { host: own }, '/v1'), [200, '"none"']);
  assert.deepEqual(await ask(cloud, own, client, { host: domainName }), FORBIDDEN);
  const plain = await visit(`http://${domainName}:${new URL(cloud.url).port}/`);
  assert.deepEqual([plain.status, plain.text], FORBIDDEN);
  await cloud.advance(89 * DAY);
  assert.equal((await ask(cloud, domainName, client))[0], 200);
  await cloud.advance(2 * DAY);
  assert.deepEqual(await ask(cloud, domainName, client), FORBIDDEN);
});

test('nobody else comes in', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const root = await signed('CN=Root', { isCa: true });
  const leaf = await signed('CN=leaf', { by: root });
  const lone = await signed('CN=Lone', { isCa: true, by: await signed('CN=Elsewhere', { isCa: true }) });
  const old = await signed('CN=Old', { isCa: true, until: START - 1 });
  const kept = await signed('CN=kept');
  const chain = [root];
  for (const name of ['CN=A', 'CN=B', 'CN=C'])
    chain.push(await signed(name, { isCa: true, by: chain.at(-1) as Signed }));
  await trust(cloud, ...chain, leaf, lone, old, kept);
  const { made } = await mutualApi(cloud);
  assert.deepEqual(made.mutualTlsAuthentication?.truststoreWarnings, ['certificate has expired: CN=Old']);
  const refused = {
    selfSigned: await signed('CN=client'),
    namedLikeTheRoot: await signed('CN=Root', { isCa: true }),
    otherAuthority: await signed('CN=client', { by: await signed('CN=Root', { isCa: true }) }),
    byLeaf: await signed('CN=client', { by: leaf }),
    withoutRoot: await signed('CN=client', { by: lone }),
    byExpired: await signed('CN=client', { by: old }),
    expired: await signed('CN=client', { by: root, until: START - 1 }),
    early: await signed('CN=client', { by: root, from: START + DAY }),
    nameless: await signed('', { by: await signed('', { isCa: true }) }),
    weakKey: await signed('CN=client', { by: root, isWeak: true }),
    weakHash: await signed('CN=client', { by: root, hash: 'SHA-1' }),
    chainOfFive: await signed('CN=client', { by: chain[3] as Signed }),
  };
  for (const [why, shown] of Object.entries(refused)) {
    const answer = await ask(cloud, domainName, shown);
    assert.deepEqual(answer, FORBIDDEN, why);
  }
  for (const shown of [leaf, kept, await signed('CN=client', { by: chain[2] as Signed })])
    assert.equal((await ask(cloud, domainName, shown))[0], 200);
});

test('a truststore is changed and left', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const [one, two] = [await signed('CN=One', { isCa: true }), await signed('CN=Two', { isCa: true })];
  const [first, second] = [await signed('CN=client', { by: one }), await signed('CN=client', { by: two })];
  const version = await trust(cloud, one);
  const { client } = await mutualApi(cloud);
  await put(cloud, two.cert);
  const change = (path: string, value: string) =>
    client.send(
      new UpdateDomainNameCommand({
        domainName,
        patchOperations: [{ op: 'replace', path: `/mutualTlsAuthentication/${path}`, value }],
      }),
    );
  const statuses = async () => [(await ask(cloud, domainName, first))[0], (await ask(cloud, domainName, second))[0]];
  assert.deepEqual(await statuses(), [200, 403]);
  // Another change of the domain name leaves the truststore as it was read.
  const named = { op: 'replace', path: '/certificateName', value: 'a' } as const;
  await client.send(new UpdateDomainNameCommand({ domainName, patchOperations: [named] }));
  assert.deepEqual(await statuses(), [200, 403]);
  await change('truststoreUri', truststoreUri);
  assert.deepEqual(await statuses(), [403, 200]);
  await change('truststoreVersion', version ?? '');
  assert.deepEqual(await statuses(), [200, 403]);
  const refused = async (path: string, value: string) => {
    const { name, message } = await failure(change(path, value));
    assert.equal(name, 'BadRequestException');
    return message;
  };
  const missing = 's3://trust/none';
  await change('truststoreVersion', '');
  assert.equal(
    await refused('truststoreUri', missing),
    `Unable to read the truststore ${missing}: The specified key does not exist.`,
  );
  assert.match(await refused('truststoreUri', 'https://trust/none'), /^Invalid truststore URI/);
  await put(cloud, 'nothing');
  assert.equal(
    await refused('truststoreUri', truststoreUri),
    'The truststore must hold at least one certificate in PEM',
  );
  await put(cloud, 'x'.repeat(1_048_577));
  assert.equal(await refused('truststoreUri', truststoreUri), 'The truststore must not be larger than 1 MB');
  await put(cloud, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'.repeat(1_001));
  assert.equal(
    await refused('truststoreUri', truststoreUri),
    'The truststore must not hold more than 1000 certificates',
  );
  assert.deepEqual(await statuses(), [403, 200]);
  await change('truststoreUri', '');
  const { mutualTlsAuthentication } = await client.send(new GetDomainNameCommand({ domainName }));
  assert.equal(mutualTlsAuthentication, undefined);
  assert.deepEqual(await ask(cloud, domainName), [200, '"none"']);
  await client.send(new DeleteDomainNameCommand({ domainName }));
});

test('who names a truststore may read it, and may add certificates to domain names', async () => {
  await using cloud = await startTestCloud();
  await trust(cloud, await signed('CN=Root', { isCa: true }));
  const { made } = await mutualApi(cloud);
  const { mutualTlsAuthentication: before } = made;
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const client = cloud.client(APIGatewayClient, { credentials: { accessKeyId, secretAccessKey } });
  const allow = (...Action: string[]) => {
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
    });
    return iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument }));
  };
  const change = (value: string, op: 'replace' | 'copy' = 'replace') => {
    const path = '/mutualTlsAuthentication/truststoreUri';
    const patchOperations = [{ op, path, ...(op === 'copy' ? { from: path } : { value }) }];
    return client.send(new UpdateDomainNameCommand({ domainName, patchOperations }));
  };
  await allow('apigateway:PATCH', 'apigateway:RemoveCertificateFromDomain', 's3:*');
  for (const op of ['replace', 'copy'] as const)
    assert.match((await failure(change(truststoreUri, op))).message, /apigateway:AddCertificateToDomain/);
  await allow('apigateway:PATCH', 'apigateway:AddCertificateToDomain');
  assert.match((await failure(change(truststoreUri))).message, /^Unable to read the truststore .* s3:GetObject/);
  assert.match((await failure(change(''))).message, /apigateway:RemoveCertificateFromDomain/);
  await allow('apigateway:PATCH', 'apigateway:AddCertificateToDomain', 's3:GetObject');
  assert.deepEqual((await change(truststoreUri)).mutualTlsAuthentication, before);
});

test('a domain name has to be regional, and its owner known', async () => {
  await using cloud = await startTestCloud({ tls: true });
  await trust(cloud, await signed('CN=Root', { isCa: true }));
  const { client } = await createApi(cloud);
  const { certificate, chain, key } = await foreignCertificate([domainName]);
  const { CertificateArn: regionalCertificateArn } = await cloud.client(ACMClient).send(
    new ImportCertificateCommand({
      Certificate: Buffer.from(certificate),
      PrivateKey: Buffer.from(key),
      CertificateChain: Buffer.from(chain),
    }),
  );
  const issued = await certificateFor(cloud, domainName);
  const make = (options: Partial<CreateDomainNameCommandInput>) =>
    client.send(
      new CreateDomainNameCommand({
        domainName,
        endpointConfiguration: { types: ['REGIONAL'] },
        mutualTlsAuthentication: { truststoreUri },
        ...options,
      }),
    );
  const fault = async (options: Partial<CreateDomainNameCommandInput>) => (await failure(make(options))).message;
  assert.equal(
    await fault({ endpointConfiguration: { types: ['EDGE'] }, certificateArn: issued }),
    'Mutual TLS authentication is only supported for REGIONAL domain names',
  );
  assert.equal(
    await fault({ regionalCertificateArn: issued, securityPolicy: 'TLS_1_0' }),
    'Mutual TLS authentication is only supported with TLS 1.2.',
  );
  assert.equal(await fault({ regionalCertificateArn }), 'Missing ownershipVerificationCertificate.');
  const other = await certificateFor(cloud, 'other.example.com');
  assert.equal(
    await fault({ regionalCertificateArn, ownershipVerificationCertificateArn: other }),
    `Invalid ownershipVerificationCertificate: ${other}.`,
  );
  await make({ regionalCertificateArn, ownershipVerificationCertificateArn: issued });
});

test('a stack asks for certificates, and no longer', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const root = await signed('CN=Root', { isCa: true });
  const old = await signed('CN=Old', { isCa: true, until: START - 1 });
  await trust(cloud, root, old);
  const RegionalCertificateArn = await certificateFor(cloud, domainName);
  const document = (more: object) =>
    templateOf({
      Domain: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: {
          DomainName: domainName,
          RegionalCertificateArn,
          SecurityPolicy: 'TLS_1_2',
          EndpointConfiguration: { Types: ['REGIONAL'] },
          ...more,
        },
      },
    });
  const client = await signed('CN=client', { by: root });
  await create(cloud, 'web', document({ MutualTlsAuthentication: { TruststoreUri: truststoreUri } }));
  assert.deepEqual([await ask(cloud, domainName), await ask(cloud, domainName, client)], [CUT, FORBIDDEN]);
  assert.deepEqual(await drifted(cloud, 'web'), []);
  await update(cloud, 'web', document({}));
  assert.deepEqual(await ask(cloud, domainName), FORBIDDEN);
  assert.deepEqual(await drifted(cloud, 'web'), []);
  await remove(cloud, 'web');
});
