/** Connection functions: code that decides which viewers with good certificates come in. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateConnectionFunctionCommand,
  CreateKeyValueStoreCommand,
  CreateTrustStoreCommand,
  DeleteConnectionFunctionCommand,
  DeleteKeyValueStoreCommand,
  DescribeConnectionFunctionCommand,
  DescribeKeyValueStoreCommand,
  GetConnectionFunctionCommand,
  ListConnectionFunctionsCommand,
  ListDistributionsByConnectionFunctionCommand,
  PublishConnectionFunctionCommand,
  TestConnectionFunctionCommand,
  UpdateConnectionFunctionCommand,
  type ViewerMtlsConfig,
} from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ask, signed, trust } from '../../support/client-certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { startOrigin } from './origin.ts';
import { ACCOUNT, configOf, customOrigin, DISABLED, distribute } from './support.ts';

const REVOKED = `import cf from 'cloudfront';
async function connectionHandler(connection) {
  const { serialNumber } = connection.clientCertificate.certificates.leaf;
  console.log(connection.clientIp, serialNumber);
  if (await cf.kvs().exists(serialNumber.replaceAll(':', ''))) return connection.deny();
  connection.logCustomData('in');
  return connection.allow();
}`;

async function make(cloud: TestCloud, Name: string, code: string, stores: string[] = []) {
  const cloudfront = cloud.client(CloudFrontClient);
  const { ConnectionFunctionSummary, ETag } = await cloudfront.send(
    new CreateConnectionFunctionCommand({
      Name,
      ConnectionFunctionConfig: {
        Comment: '',
        Runtime: 'cloudfront-js-2.0',
        KeyValueStoreAssociations: {
          Quantity: stores.length,
          Items: stores.map((KeyValueStoreARN) => ({ KeyValueStoreARN })),
        },
      },
      ConnectionFunctionCode: Buffer.from(code),
    }),
  );
  const Id = ConnectionFunctionSummary?.Id ?? '';
  const publish = () => cloudfront.send(new PublishConnectionFunctionCommand({ Id, IfMatch: ETag }));
  const decide = async (connection: object) => {
    const ConnectionObject = Buffer.from(JSON.stringify(connection));
    const { ConnectionFunctionTestResult } = await cloudfront.send(
      new TestConnectionFunctionCommand({ Id, IfMatch: ETag, ConnectionObject }),
    );
    return ConnectionFunctionTestResult;
  };
  return { cloudfront, Id, ETag, summary: ConnectionFunctionSummary, publish, decide };
}

async function trustStore(cloud: TestCloud): Promise<string> {
  const { TrustStore } = await cloud.client(CloudFrontClient).send(
    new CreateTrustStoreCommand({
      Name: 'clients',
      CaCertificatesBundleSource: {
        CaCertificatesBundleS3Location: { Bucket: 'trust', Key: 'certificates.pem', Region: 'us-east-1' },
      },
    }),
  );
  return TrustStore?.Id ?? '';
}

async function site(cloud: TestCloud, port: number, Id: string, mutual: ViewerMtlsConfig | undefined) {
  const { domain, id } = await distribute(
    cloud,
    configOf(customOrigin(port), {
      DefaultCacheBehavior: { TargetOriginId: 'custom', ViewerProtocolPolicy: 'https-only', CachePolicyId: DISABLED },
      ConnectionFunctionAssociation: { Id },
      ...(mutual !== undefined && { ViewerMtlsConfig: mutual }),
    }),
  );
  return { id, host: domain.replace('.net', '.localhost') };
}

test('a function keeps out certificates that have been revoked', async () => {
  await using origin = await startOrigin((_, response) => response.end('in'));
  await using cloud = await startTestCloud({ tls: true });
  const root = await signed('CN=Root', { isCa: true });
  const client = await signed('CN=client', { by: root });
  const revoked = await signed('CN=revoked', { by: root });
  await trust(cloud, root);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'lists' }));
  const key = new X509Certificate(revoked.cert).serialNumber.toLowerCase();
  const Body = JSON.stringify({ data: [{ key, value: '' }] });
  await s3.send(new PutObjectCommand({ Bucket: 'lists', Key: 'revoked.json', Body }));
  const { KeyValueStore } = await cloud.client(CloudFrontClient).send(
    new CreateKeyValueStoreCommand({
      Name: 'revoked',
      ImportSource: { SourceType: 'S3', SourceARN: 'arn:aws:s3:::lists/revoked.json' },
    }),
  );
  const { cloudfront, Id, publish } = await make(cloud, 'revocation', REVOKED, [KeyValueStore?.ARN ?? '']);
  const mutual: ViewerMtlsConfig = {
    Mode: 'optional',
    TrustStoreConfig: { TrustStoreId: await trustStore(cloud) },
  };
  assert.equal((await failure(site(cloud, origin.port, Id, mutual))).name, 'EntityNotFound');
  await publish();
  for (const other of [undefined, { Mode: 'passthrough' } as const])
    assert.equal((await failure(site(cloud, origin.port, Id, other))).name, 'InvalidArgument');
  const { host, id } = await site(cloud, origin.port, Id, mutual);
  assert.deepEqual(await ask(cloud, host, client), [200, 'in']);
  assert.equal((await ask(cloud, host, revoked))[0], 403);
  // Who shows none is not asked about.
  assert.deepEqual(await ask(cloud, host), [200, 'in']);
  const { DistributionList } = await cloudfront.send(
    new ListDistributionsByConnectionFunctionCommand({ ConnectionFunctionIdentifier: 'revocation' }),
  );
  assert.deepEqual(
    DistributionList?.Items?.map((one) => [one.Id, one.ConnectionFunctionAssociation?.Id]),
    [[id, Id]],
  );
  const { ETag: IfMatch } = await cloudfront.send(new DescribeConnectionFunctionCommand({ Identifier: Id }));
  const used = new DeleteConnectionFunctionCommand({ Id, IfMatch });
  assert.equal((await failure(cloudfront.send(used))).name, 'CannotDeleteEntityWhileInUse');
  const { ETag } = await cloudfront.send(new DescribeKeyValueStoreCommand({ Name: 'revoked' }));
  const read = new DeleteKeyValueStoreCommand({ Name: 'revoked', IfMatch: ETag });
  assert.equal((await failure(cloudfront.send(read))).name, 'CannotDeleteEntityWhileInUse');
});

test('a function is tried out; what it does not allow is denied', async () => {
  await using cloud = await startTestCloud();
  const leaf = { serialNumber: '0a:0b' };
  const connection = { clientCertificate: { certificates: { leaf } }, clientIp: '192.0.2.1' };
  const cases: [string, string][] = [
    ['function connectionHandler(connection) { connection.allow(); }', 'allow'],
    ['function connectionHandler(connection) { connection.deny(); }', 'deny'],
    ['function connectionHandler(connection) { connection.allow(); connection.deny(); }', 'deny'],
    ['function connectionHandler(connection) { return true; }', 'deny'],
    ["async function connectionHandler({ clientIp, allow }) { if (clientIp === '192.0.2.1') allow(); }", 'allow'],
  ];
  for (const [index, [code, decision]] of cases.entries()) {
    const { decide } = await make(cloud, `f${index}`, code);
    const result = await decide(connection);
    assert.deepEqual([result?.ConnectionFunctionOutput, result?.ConnectionFunctionErrorMessage], [decision, ''], code);
  }
  for (const [index, code] of [
    "function connectionHandler(connection) { connection.allow(); throw new Error('no'); }",
    'function handler(event) { return event; }',
    'async function connectionHandler(connection) { connection.allow(); await new Promise(() => {}); }',
    'function connectionHandler(connection) { connection.allow(); for (;;); }',
  ].entries()) {
    const { decide } = await make(cloud, `bad${index}`, code);
    const result = await decide(connection);
    assert.notEqual(result?.ConnectionFunctionOutput, 'allow', code);
  }
  const logging = await make(cloud, 'logging', "function connectionHandler({ deny }) { console.log('seen'); deny(); }");
  assert.deepEqual((await logging.decide(connection))?.ConnectionFunctionExecutionLogs, ['seen']);
});

test('connection functions are made, changed, published, listed and removed', async () => {
  await using cloud = await startTestCloud();
  const { cloudfront, Id, ETag, summary, publish } = await make(cloud, 'one', 'function connectionHandler() {}');
  assert.match(Id, /^cf_2\w{26}$/);
  assert.equal(summary?.ConnectionFunctionArn, `arn:aws:cloudfront::${ACCOUNT}:connection-function/${Id}`);
  assert.deepEqual([summary?.Status, summary?.Stage], ['UNPUBLISHED', 'DEVELOPMENT']);
  assert.equal((await failure(make(cloud, 'one', ' '))).name, 'EntityAlreadyExists');
  const { ConnectionFunctionSummary: live } = await publish();
  assert.deepEqual([live?.Status, live?.Stage], ['UNASSOCIATED', 'LIVE']);
  const config = { Comment: 'changed', Runtime: 'cloudfront-js-2.0' } as const;
  const change = (IfMatch: string | undefined, Runtime: 'cloudfront-js-1.0' | 'cloudfront-js-2.0') =>
    cloudfront.send(
      new UpdateConnectionFunctionCommand({
        Id,
        IfMatch,
        ConnectionFunctionConfig: { ...config, Runtime },
        ConnectionFunctionCode: Buffer.from('changed'),
      }),
    );
  assert.equal((await failure(change('ENONE', config.Runtime))).name, 'PreconditionFailed');
  assert.equal((await failure(change(ETag, 'cloudfront-js-1.0'))).name, 'InvalidArgument');
  const { ETag: next } = await change(ETag, config.Runtime);
  const codeOf = async (Stage: 'LIVE' | 'DEVELOPMENT') => {
    const { ConnectionFunctionCode } = await cloudfront.send(
      new GetConnectionFunctionCommand({ Identifier: 'one', Stage }),
    );
    return ConnectionFunctionCode?.transformToString();
  };
  assert.deepEqual([await codeOf('DEVELOPMENT'), await codeOf('LIVE')], ['changed', 'function connectionHandler() {}']);
  const list = async (input: object) => {
    const { ConnectionFunctions, NextMarker } = await cloudfront.send(new ListConnectionFunctionsCommand(input));
    return { stages: ConnectionFunctions?.map(({ Stage }) => Stage), NextMarker };
  };
  const first = await list({ MaxItems: 1 });
  assert.deepEqual(first.stages, ['DEVELOPMENT']);
  assert.deepEqual(await list({ Marker: first.NextMarker }), { stages: ['LIVE'], NextMarker: undefined });
  assert.deepEqual((await list({ Stage: 'LIVE' })).stages, ['LIVE']);
  await cloudfront.send(new DeleteConnectionFunctionCommand({ Id, IfMatch: next }));
  assert.deepEqual((await list({})).stages, []);
});

test('a stack makes a connection function, changes it in place, and takes it away', async () => {
  await using cloud = await startTestCloud();
  const template = (Name: string, code: string) =>
    templateOf(
      {
        Function: {
          Type: 'AWS::CloudFront::ConnectionFunction',
          Properties: {
            Name,
            AutoPublish: true,
            ConnectionFunctionCode: `function connectionHandler(connection) { connection.${code}(); }`,
            ConnectionFunctionConfig: { Comment: code, Runtime: 'cloudfront-js-2.0' },
            Tags: [{ Key: 'code', Value: code }],
          },
        },
      },
      { Outputs: { Stage: { Value: { 'Fn::GetAtt': ['Function', 'Stage'] } } } },
    );
  await create(cloud, 'connections', template('one', 'deny'));
  const before = await physicalIds(cloud, 'connections');
  assert.equal((await outputs(cloud, 'connections')).Stage, 'LIVE');
  await update(cloud, 'connections', template('one', 'allow'));
  assert.deepEqual(await physicalIds(cloud, 'connections'), before);
  const cloudfront = cloud.client(CloudFrontClient);
  const { ConnectionFunctionCode } = await cloudfront.send(
    new GetConnectionFunctionCommand({ Identifier: 'one', Stage: 'LIVE' }),
  );
  assert.match((await ConnectionFunctionCode?.transformToString()) ?? '', /connection\.allow/);
  await update(cloud, 'connections', template('two', 'allow'));
  assert.notEqual((await physicalIds(cloud, 'connections')).Function, before.Function);
  await remove(cloud, 'connections');
  const { ConnectionFunctions } = await cloudfront.send(new ListConnectionFunctionsCommand({}));
  assert.deepEqual(ConnectionFunctions, []);
});
