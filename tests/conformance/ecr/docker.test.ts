/** The registry protocol, asked as Docker does. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  PutAccountSettingCommand,
  PutImageTagMutabilityCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { startTestCloud } from '../../support/cloud.ts';
import { codeOf, digestOf, INDEX, MANIFEST, manifestOf, registryOf } from './registry.ts';

const HOUR = 3_600_000;

test('a registry asks for a password, and takes the one that ECR gives out', async () => {
  await using cloud = await startTestCloud();
  const { base, data, ask } = await registryOf(cloud);
  assert.equal(data?.proxyEndpoint, base);
  assert.equal(Number(data?.expiresAt) - Date.UTC(2026, 0, 1), 12 * HOUR);
  const refused = await ask('/v2/', { headers: { authorization: '' } });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers['www-authenticate'], `Basic realm="${base}/",service="ecr.amazonaws.com"`);
  assert.equal(codeOf(refused), 'UNAUTHORIZED');
  const welcome = await ask('/v2/');
  assert.equal(welcome.status, 200);
  assert.equal(welcome.headers['docker-distribution-api-version'], 'registry/2.0');
  const forged = Buffer.from('AWS:bm90IG91cnM=').toString('base64');
  assert.equal((await ask('/v2/', { headers: { authorization: `Basic ${forged}` } })).status, 403);
  await cloud.advance(13 * HOUR);
  const late = await ask('/v2/');
  assert.deepEqual([late.status, codeOf(late)], [403, 'DENIED']);
  assert.match(late.text, /Your authorization token has expired\. Reauthenticate and try again\./);
});

test('an image is pushed, found, and pulled as it was', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop/web' }));
  const { base, ask, pushBlob } = await registryOf(cloud);
  const layer = randomBytes(70_000);
  const config = '{"os":"linux"}';
  const missing = await ask(`/v2/shop/web/blobs/${digestOf(layer)}`, { method: 'HEAD' });
  assert.equal(missing.status, 404);
  const begun = await ask('/v2/shop/web/blobs/uploads/', { method: 'POST' });
  assert.equal(begun.status, 202);
  const location = String(begun.headers.location);
  assert.ok(location.startsWith(`${base}/v2/shop/web/blobs/uploads/${begun.headers['docker-upload-uuid']}`));
  // In chunks: the second where the first ended, and none elsewhere.
  const first = await ask(location, {
    method: 'PATCH',
    headers: { 'content-range': '0-29999' },
    body: layer.subarray(0, 30_000),
  });
  assert.deepEqual([first.status, first.headers.range], [202, '0-29999']);
  const astray = await ask(location, { method: 'PATCH', headers: { 'content-range': '5-9' }, body: 'xxxxx' });
  assert.deepEqual([astray.status, astray.headers.range], [416, '0-29999']);
  assert.equal((await ask(location, { method: 'PATCH', body: layer.subarray(30_000) })).headers.range, '0-69999');
  const state = await ask(location);
  assert.deepEqual([state.status, state.headers.range], [204, '0-69999']);
  const wrong = await ask(`${location}?digest=${digestOf('other')}`, { method: 'PUT' });
  assert.deepEqual([wrong.status, codeOf(wrong)], [400, 'DIGEST_INVALID']);
  const done = await ask(`${location}?digest=${digestOf(layer)}`, { method: 'PUT' });
  assert.deepEqual([done.status, done.headers['docker-content-digest']], [201, digestOf(layer)]);
  const body = manifestOf(config, layer);
  const early = await ask('/v2/shop/web/manifests/v1', { method: 'PUT', headers: { 'content-type': MANIFEST }, body });
  assert.deepEqual([early.status, codeOf(early)], [404, 'BLOB_UNKNOWN']);
  // At once, by POST.
  const posted = await ask(`/v2/shop/web/blobs/uploads/?digest=${digestOf(config)}`, { method: 'POST', body: config });
  assert.equal(posted.status, 201);
  // Once more is the same.
  assert.equal(await pushBlob('shop/web', config), digestOf(config));
  for (let times = 0; times < 2; times += 1) {
    const put = await ask('/v2/shop/web/manifests/v1', { method: 'PUT', headers: { 'content-type': MANIFEST }, body });
    assert.deepEqual([put.status, put.headers['docker-content-digest']], [201, digestOf(body)]);
  }
  const head = await ask('/v2/shop/web/manifests/v1', { method: 'HEAD' });
  assert.deepEqual(
    [head.status, head.headers['content-type'], head.headers['content-length'], head.text],
    [200, MANIFEST, String(body.length), ''],
  );
  assert.equal((await ask(`/v2/shop/web/manifests/${digestOf(body)}`)).text, body);
  const there = await ask(`/v2/shop/web/blobs/${digestOf(layer)}`, { method: 'HEAD' });
  assert.deepEqual([there.status, there.headers['content-length']], [200, '70000']);
  const led = await ask(`/v2/shop/web/blobs/${digestOf(layer)}`);
  assert.equal(led.status, 307);
  const pulled = await ask(String(led.headers.location), { headers: { authorization: '' } });
  assert.ok(pulled.body.equals(layer));
  await cloud.advance(2 * HOUR);
  assert.equal((await ask(String(led.headers.location))).status, 403);
  const { imageDetails: [shown] = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'shop/web' }));
  assert.equal(shown?.imageSizeInBytes, 70_000 + config.length);
  assert.deepEqual(shown?.imageTags, ['v1']);
  assert.equal(shown?.lastRecordedPullTime?.getTime(), Date.UTC(2026, 0, 1));
});

test('tags are listed in pages, repositories too; an index needs its images; referrers are found', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  for (const repositoryName of ['one', 'two']) await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const registry = await registryOf(cloud);
  const { ask } = registry;
  const digests: string[] = [];
  for (const tag of ['a', 'b', 'c']) digests.push(await registry.push('one', tag));
  assert.deepEqual(JSON.parse((await ask('/v2/one/tags/list')).text), { name: 'one', tags: ['a', 'b', 'c'] });
  const page = await ask('/v2/one/tags/list?n=2');
  assert.deepEqual(JSON.parse(page.text).tags, ['a', 'b']);
  assert.equal(page.headers.link, '</v2/one/tags/list?n=2&last=b>; rel="next"');
  assert.deepEqual(JSON.parse((await ask('/v2/one/tags/list?n=2&last=b')).text).tags, ['c']);
  assert.deepEqual(JSON.parse((await ask('/v2/_catalog')).text).repositories, ['one', 'two']);
  const index = (digest: string) =>
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [{ mediaType: MANIFEST, digest, size: 1 }] });
  const put = (body: string) =>
    ask('/v2/one/manifests/all', { method: 'PUT', headers: { 'content-type': INDEX }, body });
  const without = await put(index(digestOf('nothing')));
  assert.deepEqual([without.status, codeOf(without)], [404, 'MANIFEST_UNKNOWN']);
  assert.equal((await put(index(digests[0] ?? ''))).status, 201);
  const signature = await registry.push('one', 'signature', 'signed', {
    artifactType: 'application/x-signature',
    subject: { mediaType: MANIFEST, digest: digests[0], size: 1 },
    annotations: { by: 'us' },
  });
  const { manifests } = JSON.parse((await ask(`/v2/one/referrers/${digests[0]}`)).text);
  assert.deepEqual(
    manifests.map((one: { digest: string; artifactType: string; annotations: object }) => [
      one.digest,
      one.artifactType,
      one.annotations,
    ]),
    [[signature, 'application/x-signature', { by: 'us' }]],
  );
});

test('what is wrong is told in the words of the protocol', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'one' }));
  const registry = await registryOf(cloud);
  const { ask } = registry;
  const said = async (path: string, visit: Parameters<typeof ask>[1] = {}) => {
    const answer = await ask(path, visit);
    return [answer.status, codeOf(answer)];
  };
  assert.deepEqual(await said('/v2/none/tags/list'), [404, 'NAME_UNKNOWN']);
  assert.deepEqual(await said('/v2/One/tags/list'), [400, 'NAME_INVALID']);
  assert.deepEqual(await said('/v2/one/manifests/none'), [404, 'MANIFEST_UNKNOWN']);
  assert.deepEqual(await said('/v2/one/manifests/1.0+2'), [400, 'TAG_INVALID']);
  assert.deepEqual(await said(`/v2/one/blobs/${digestOf('none')}`), [404, 'BLOB_UNKNOWN']);
  assert.deepEqual(await said(`/v2/one/blobs/uploads/00000000-0000-4000-8000-000000000000`, { method: 'PATCH' }), [
    404,
    'BLOB_UPLOAD_UNKNOWN',
  ]);
  const garbage = { method: 'PUT', headers: { 'content-type': MANIFEST }, body: 'no manifest' };
  assert.deepEqual(await said('/v2/one/manifests/v1', garbage), [400, 'MANIFEST_INVALID']);
  const digest = await registry.push('one', 'v1');
  assert.deepEqual(await said(`/v2/one/manifests/${digest}`, { method: 'DELETE' }), [405, 'UNSUPPORTED']);
  assert.deepEqual(await said('/v3/'), [404, 'UNSUPPORTED']);
  await ecr.send(new PutImageTagMutabilityCommand({ repositoryName: 'one', imageTagMutability: 'IMMUTABLE' }));
  await assert.rejects(registry.push('one', 'v1', 'another layer'), /TAG_INVALID.*cannot be overwritten/);
  const upload = await ask('/v2/one/blobs/uploads/', { method: 'POST' });
  assert.deepEqual(await said(`${upload.headers.location}?digest=md5:1`, { method: 'PUT' }), [400, 'DIGEST_INVALID']);
  await cloud.advance(11 * HOUR);
  assert.equal((await ask(String(upload.headers.location))).status, 204);
});

test('a blob is mounted from another repository once the registry allows it', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  for (const repositoryName of ['one', 'two']) await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const registry = await registryOf(cloud);
  const { ask } = registry;
  await registry.push('one', 'latest', 'shared');
  const digest = digestOf('shared');
  const mount = () => ask(`/v2/two/blobs/uploads/?mount=${digest}&from=one`, { method: 'POST' });
  assert.equal((await mount()).status, 202);
  await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  assert.equal((await mount()).status, 201);
  assert.equal((await ask(`/v2/two/blobs/${digest}`, { method: 'HEAD' })).status, 200);
  assert.equal(codeOf(await ask(`/v2/two/blobs/${digest}`)), 'BLOB_UNKNOWN', 'no image has it yet');
  await registry.push('two', 'latest', 'shared');
  const led = await ask(`/v2/two/blobs/${digest}`);
  assert.equal((await ask(String(led.headers.location))).text, 'shared');
});

test('who may what is decided by policies, of another account by those of the repository', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'one' }));
  await (await registryOf(cloud)).push('one', 'v1');
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'reader' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }));
  const pull = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
  const statement = { Effect: 'Allow', Action: pull, Resource: '*' };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'reader',
      PolicyName: 'pull',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  const reader = await registryOf(cloud, cloud.client(ECRClient, { credentials }));
  assert.equal((await reader.ask('/v2/one/manifests/v1')).status, 200);
  const denied = await reader.ask('/v2/one/blobs/uploads/', { method: 'POST' });
  assert.deepEqual([denied.status, codeOf(denied)], [403, 'DENIED']);
  assert.match(
    denied.text,
    /user\/reader is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:123456789012:repository\/one/,
  );
  const stranger = await registryOf(
    cloud,
    cloud.client(ECRClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'test' } }),
  );
  assert.equal((await stranger.ask('/v2/one/manifests/v1')).status, 403);
  const open = { Effect: 'Allow', Principal: { AWS: '210987654321' }, Action: 'ecr:BatchGetImage' };
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'one', policyText }));
  assert.equal((await stranger.ask('/v2/one/manifests/v1')).status, 200);
});
