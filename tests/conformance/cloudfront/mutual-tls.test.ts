/** Viewers who show certificates: trust stores, who comes in, and what origins are told. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateDistributionCommand,
  CreateOriginRequestPolicyCommand,
  CreateTrustStoreCommand,
  DeleteTrustStoreCommand,
  type DistributionConfig,
  GetTrustStoreCommand,
  ListDistributionsByTrustStoreCommand,
  ListTagsForResourceCommand,
  ListTrustStoresCommand,
  UpdateTrustStoreCommand,
  type ViewerMtlsConfig,
} from '@aws-sdk/client-cloudfront';
import { ask, putTruststore, type Signed, signed, trust } from '../../support/client-certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { startOrigin } from './origin.ts';
import { ACCOUNT, configOf, customOrigin, DISABLED, distribute } from './support.ts';

const DAY = 86_400_000;
const CaCertificatesBundleSource = {
  CaCertificatesBundleS3Location: { Bucket: 'trust', Key: 'certificates.pem', Region: 'us-east-1' },
};
const CUT = 'ECONNRESET';
const NAMES = ['Present', 'Serial-Number', 'Issuer', 'Subject', 'Sha256', 'Validity', 'Pem'];

async function storeOf(cloud: TestCloud, ...certificates: Signed[]) {
  await trust(cloud, ...certificates);
  const { TrustStore, ETag } = await cloud
    .client(CloudFrontClient)
    .send(new CreateTrustStoreCommand({ Name: 'clients', CaCertificatesBundleSource }));
  return { id: TrustStore?.Id ?? '', ETag, TrustStore };
}

async function site(cloud: TestCloud, port: number, ViewerMtlsConfig: ViewerMtlsConfig, more: object = {}) {
  const { OriginRequestPolicy } = await cloud.client(CloudFrontClient).send(
    new CreateOriginRequestPolicyCommand({
      OriginRequestPolicyConfig: {
        Name: `certificates-${Math.round(performance.now() * 1_000)}`,
        HeadersConfig: {
          HeaderBehavior: 'allViewerAndWhitelistCloudFront',
          Headers: { Quantity: NAMES.length, Items: NAMES.map((name) => `CloudFront-Viewer-Cert-${name}`) },
        },
        CookiesConfig: { CookieBehavior: 'none' },
        QueryStringsConfig: { QueryStringBehavior: 'none' },
      },
    }),
  );
  const DefaultCacheBehavior = {
    TargetOriginId: 'custom',
    ViewerProtocolPolicy: 'https-only',
    CachePolicyId: DISABLED,
    OriginRequestPolicyId: OriginRequestPolicy?.Id,
    ...more,
  } as DistributionConfig['DefaultCacheBehavior'];
  const { domain, id } = await distribute(
    cloud,
    configOf(customOrigin(port), { DefaultCacheBehavior, ViewerMtlsConfig }),
  );
  return { id, host: domain.replace('.net', '.localhost') };
}

test('viewers come in by a certificate that the trust store vouches for; the origin is told of it', async () => {
  await using origin = await startOrigin((_, response) => response.end('in'));
  await using cloud = await startTestCloud({ tls: true });
  const root = await signed('CN=Root', { isCa: true });
  const client = await signed('O=Example, CN=client', { by: root });
  const { id } = await storeOf(cloud, root);
  const { host } = await site(cloud, origin.port, { Mode: 'required', TrustStoreConfig: { TrustStoreId: id } });
  const lie = { 'cloudfront-viewer-cert-subject': 'CN=somebody' };
  assert.deepEqual(await ask(cloud, host, client, lie), [200, 'in']);
  const { headers = {} } = origin.asked[0] ?? {};
  const shown = new X509Certificate(client.cert);
  const told = (name: string) => headers[`cloudfront-viewer-cert-${name}`];
  assert.deepEqual(['present', 'subject', 'issuer', 'sha256'].map(told), [
    '1',
    'CN=client,O=Example',
    'CN=Root',
    shown.fingerprint256.replaceAll(':', '').toLowerCase(),
  ]);
  assert.equal(String(told('serial-number')).replaceAll(':', ''), shown.serialNumber.toLowerCase());
  assert.match(String(told('validity')), /^NotBefore=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ;NotAfter=\d{4}-.*Z$/);
  assert.equal(decodeURIComponent(String(told('pem'))).trim(), client.cert.trim());
  assert.equal(await ask(cloud, host), CUT);
  const stranger = await signed('CN=client', { by: await signed('CN=Root', { isCa: true }) });
  const refused = await ask(cloud, host, stranger);
  assert.equal(refused[0], 403);
  const expired = await signed('CN=client', { by: root, until: 0, from: -DAY });
  assert.equal((await ask(cloud, host, expired))[0], 403);
  assert.equal(origin.asked.length, 1);
  const lenient = await site(cloud, origin.port, {
    TrustStoreConfig: { TrustStoreId: id, IgnoreCertificateExpiry: true },
  });
  assert.deepEqual(await ask(cloud, lenient.host, expired), [200, 'in']);
});

test('where a certificate is optional, a bad one is refused; where it is passed through, it is not looked at', async () => {
  await using origin = await startOrigin((request, response) =>
    response.end(`${request.headers['cloudfront-viewer-cert-present']}`),
  );
  await using cloud = await startTestCloud({ tls: true });
  const root = await signed('CN=Root', { isCa: true });
  const client = await signed('CN=client', { by: root });
  const stranger = await signed('CN=stranger');
  const { id } = await storeOf(cloud, root);
  const { host } = await site(cloud, origin.port, { Mode: 'optional', TrustStoreConfig: { TrustStoreId: id } });
  assert.deepEqual(await ask(cloud, host, client), [200, '1']);
  assert.deepEqual(await ask(cloud, host), [200, '0']);
  assert.equal((await ask(cloud, host, stranger))[0], 403);
  const passing = await site(cloud, origin.port, { Mode: 'passthrough' });
  assert.deepEqual(await ask(cloud, passing.host, stranger), [200, '1']);
  assert.deepEqual(await ask(cloud, passing.host), [200, '0']);
  const open = await site(cloud, origin.port, { Mode: 'passthrough' }, { ViewerProtocolPolicy: 'redirect-to-https' });
  assert.deepEqual(await ask(cloud, open.host, stranger), [200, '1']);
});

test('trust stores are made of bundles in S3, changed, listed and removed', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const root = await signed('CN=Root', { isCa: true });
  const { id, ETag, TrustStore } = await storeOf(cloud, root, await signed('CN=Other', { isCa: true }));
  assert.match(id, /^ts_2\w{26}$/);
  assert.equal(TrustStore?.Arn, `arn:aws:cloudfront::${ACCOUNT}:trust-store/${id}`);
  assert.deepEqual([TrustStore?.Status, TrustStore?.NumberOfCaCertificates], ['active', 2]);
  const make = (Name: string, Key = 'certificates.pem', more = {}) =>
    cloudfront.send(
      new CreateTrustStoreCommand({
        Name,
        CaCertificatesBundleSource: {
          CaCertificatesBundleS3Location: { Bucket: 'trust', Key, Region: 'us-east-1' },
        },
        ...more,
      }),
    );
  assert.equal((await failure(make('clients'))).name, 'EntityAlreadyExists');
  assert.equal((await failure(make('others', 'none.pem'))).name, 'InvalidArgument');
  const ocsp = await failure(make('others', 'certificates.pem', { UseClientCertificateOCSPEndpoint: true }));
  assert.equal(ocsp.$metadata?.httpStatusCode, 501);
  const config = configOf(customOrigin(80), {
    ViewerMtlsConfig: { Mode: 'required', TrustStoreConfig: { TrustStoreId: id } },
  });
  const distribution = (more: Partial<DistributionConfig>) =>
    cloudfront.send(new CreateDistributionCommand({ DistributionConfig: { ...config, ...more } }));
  const insecure = await failure(distribution({}));
  assert.equal(insecure.name, 'InvalidArgument');
  const DefaultCacheBehavior = { ...config.DefaultCacheBehavior, ViewerProtocolPolicy: 'https-only' } as const;
  const secure = { DefaultCacheBehavior: DefaultCacheBehavior as DistributionConfig['DefaultCacheBehavior'] };
  assert.equal((await failure(distribution({ ...secure, HttpVersion: 'http2and3' }))).name, 'InvalidArgument');
  const missing = { Mode: 'required' as const, TrustStoreConfig: { TrustStoreId: 'ts_none' } };
  assert.equal((await failure(distribution({ ...secure, ViewerMtlsConfig: missing }))).name, 'EntityNotFound');
  const { Distribution } = await distribution(secure);
  const { DistributionList } = await cloudfront.send(
    new ListDistributionsByTrustStoreCommand({ TrustStoreIdentifier: 'clients' }),
  );
  assert.deepEqual(
    DistributionList?.Items?.map(({ Id }) => Id),
    [Distribution?.Id],
  );
  await putTruststore(cloud, root.cert);
  const changed = await cloudfront.send(
    new UpdateTrustStoreCommand({ Id: id, IfMatch: ETag, CaCertificatesBundleSource }),
  );
  assert.equal(changed.TrustStore?.NumberOfCaCertificates, 1);
  const used = await failure(cloudfront.send(new DeleteTrustStoreCommand({ Id: id, IfMatch: changed.ETag })));
  assert.equal(used.name, 'CannotDeleteEntityWhileInUse');
  const other = await make('others', 'certificates.pem', { Tags: { Items: [{ Key: 'a', Value: 'b' }] } });
  const { Tags } = await cloudfront.send(new ListTagsForResourceCommand({ Resource: other.TrustStore?.Arn }));
  assert.deepEqual(Tags?.Items, [{ Key: 'a', Value: 'b' }]);
  const first = await cloudfront.send(new ListTrustStoresCommand({ MaxItems: 1 }));
  const rest = await cloudfront.send(new ListTrustStoresCommand({ Marker: first.NextMarker }));
  const listed = [...(first.TrustStoreList ?? []), ...(rest.TrustStoreList ?? [])];
  assert.deepEqual(listed.map(({ Name }) => Name).toSorted(), ['clients', 'others']);
  await cloudfront.send(new DeleteTrustStoreCommand({ Id: other.TrustStore?.Id, IfMatch: other.ETag }));
  const gone = await failure(cloudfront.send(new GetTrustStoreCommand({ Identifier: 'others' })));
  assert.equal(gone.name, 'EntityNotFound');
});

test('a stack makes a trust store, changes it in place, and takes it away', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  await trust(cloud, await signed('CN=Root', { isCa: true }));
  const template = (Name: string, tag: string) =>
    templateOf(
      {
        Store: {
          Type: 'AWS::CloudFront::TrustStore',
          Properties: { Name, CaCertificatesBundleSource, Tags: [{ Key: 'tag', Value: tag }] },
        },
      },
      { Outputs: { Count: { Value: { 'Fn::GetAtt': ['Store', 'NumberOfCaCertificates'] } } } },
    );
  await create(cloud, 'trust', template('one', 'a'));
  const before = await physicalIds(cloud, 'trust');
  assert.equal((await outputs(cloud, 'trust')).Count, '1');
  await update(cloud, 'trust', template('one', 'b'));
  assert.deepEqual(await physicalIds(cloud, 'trust'), before);
  await update(cloud, 'trust', template('two', 'b'));
  assert.notEqual((await physicalIds(cloud, 'trust')).Store, before.Store);
  await remove(cloud, 'trust');
  const { TrustStoreList } = await cloudfront.send(new ListTrustStoresCommand({}));
  assert.deepEqual(TrustStoreList, []);
});
