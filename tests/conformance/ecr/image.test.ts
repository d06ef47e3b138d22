/** Images and layers by ECR's own API, and lifecycle policies. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DescribeImagesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  GetLifecyclePolicyCommand,
  GetLifecyclePolicyPreviewCommand,
  InitiateLayerUploadCommand,
  ListImagesCommand,
  PutImageCommand,
  PutLifecyclePolicyCommand,
  StartLifecyclePolicyPreviewCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { digestOf, INDEX, MANIFEST, manifestOf, registryOf } from './registry.ts';

const DAY = 86_400_000;
const MIB = 1_048_576;
const repositoryName = 'one';

async function repository(cloud: TestCloud) {
  const ecr = cloud.client(ECRClient);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const registry = await registryOf(cloud);
  return {
    ecr,
    registry,
    list: async (tagStatus?: 'TAGGED' | 'UNTAGGED') => {
      const filter = tagStatus && { tagStatus };
      const { imageIds = [] } = await ecr.send(new ListImagesCommand({ repositoryName, filter }));
      return imageIds.map(({ imageTag = '-' }) => imageTag);
    },
  };
}

test('a layer is uploaded in parts, in their order, and checked', async () => {
  await using cloud = await startTestCloud();
  const { ecr, registry } = await repository(cloud);
  const { uploadId, partSize } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  assert.equal(partSize, 10 * MIB);
  const layer = randomBytes(5 * MIB + 100);
  const digest = digestOf(layer);
  const put = (from: number, to: number) =>
    ecr.send(
      new UploadLayerPartCommand({
        repositoryName,
        uploadId,
        partFirstByte: from,
        partLastByte: to - 1,
        layerPartBlob: layer.subarray(from, to),
      }),
    );
  const complete = (...layerDigests: string[]) =>
    ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
  assert.equal((await failure(complete(digest))).name, 'EmptyUploadException');
  assert.equal((await put(0, 5 * MIB)).lastByteReceived, 5 * MIB - 1);
  const astray = (await failure(put(10, 20))) as Error & { lastValidByteReceived?: number };
  assert.deepEqual([astray.name, astray.lastValidByteReceived], ['InvalidLayerPartException', 5 * MIB - 1]);
  const odd = new UploadLayerPartCommand({
    repositoryName,
    uploadId,
    partFirstByte: 5 * MIB,
    partLastByte: 5 * MIB + 9,
    layerPartBlob: Buffer.from('x'),
  });
  assert.equal((await failure(ecr.send(odd))).name, 'InvalidLayerPartException');
  await put(5 * MIB, layer.length);
  assert.equal((await failure(complete(digestOf('other')))).name, 'InvalidLayerException');
  assert.equal((await complete(digest)).layerDigest, digest);
  assert.equal((await failure(complete(digest))).name, 'UploadNotFoundException');
  const { layers, failures } = await ecr.send(
    new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [digest, digestOf('none'), 'odd'] }),
  );
  assert.deepEqual(
    layers?.map(({ layerAvailability, layerSize }) => [layerAvailability, layerSize]),
    [
      ['AVAILABLE', layer.length],
      ['UNAVAILABLE', undefined],
    ],
  );
  assert.equal(failures?.[0]?.failureCode, 'InvalidLayerDigest');
  const link = () => ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: digest }));
  assert.equal((await failure(link())).name, 'LayerInaccessibleException');
  await registry.pushBlob(repositoryName, 'config');
  await ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifestOf('config', layer) }));
  const { downloadUrl = '' } = await link();
  assert.ok((await visit(downloadUrl)).body.equals(layer));
  // A small part that is not the last.
  const small = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  for (const at of [0, 1])
    await ecr.send(
      new UploadLayerPartCommand({
        repositoryName,
        uploadId: small.uploadId,
        partFirstByte: at,
        partLastByte: at,
        layerPartBlob: Buffer.from('x'),
      }),
    );
  const finish = new CompleteLayerUploadCommand({
    repositoryName,
    uploadId: small.uploadId,
    layerDigests: [digestOf('xx')],
  });
  assert.equal((await failure(ecr.send(finish))).name, 'LayerPartTooSmallException');
  // Nobody completes it: it is forgotten.
  await cloud.advance(DAY);
  assert.equal((await failure(ecr.send(finish))).name, 'UploadNotFoundException');
});

test('an image has a thousand tags', async () => {
  await using cloud = await startTestCloud();
  const { ecr, registry } = await repository(cloud);
  for (const blob of ['config', 'layer']) await registry.pushBlob(repositoryName, blob);
  const imageManifest = manifestOf('config', 'layer');
  const put = (nth: number) => ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: `t${nth}` }));
  for (let nth = 0; nth < 1_000; nth++) await put(nth);
  assert.equal((await failure(put(1_000))).name, 'LimitExceededException');
});

test('images are put, got and deleted by tag and by digest', async () => {
  await using cloud = await startTestCloud();
  const { ecr, registry, list } = await repository(cloud);
  const { pushBlob } = registry;
  for (const blob of ['config', 'layer']) await pushBlob(repositoryName, blob);
  const imageManifest = manifestOf('config', 'layer');
  const imageDigest = digestOf(imageManifest);
  const put = (more: object) => ecr.send(new PutImageCommand({ repositoryName, imageManifest, ...more }));
  assert.equal((await failure(put({ imageDigest: digestOf('x') }))).name, 'ImageDigestDoesNotMatchException');
  for (const wrong of [
    { imageTag: '1.0+2' },
    // What a manifest does not say of itself has to be told.
    { imageManifest: JSON.stringify({ ...JSON.parse(imageManifest), mediaType: undefined }) },
  ])
    assert.equal((await failure(put(wrong))).name, 'InvalidParameterException');
  const { image } = await put({ imageTag: 'v1' });
  assert.deepEqual(image?.imageId, { imageDigest, imageTag: 'v1' });
  assert.equal(image?.imageManifestMediaType, MANIFEST);
  const { layers } = await ecr.send(
    new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: ['config', 'layer'].map(digestOf) }),
  );
  const { config, layers: named } = JSON.parse(imageManifest);
  assert.deepEqual(
    layers?.map(({ mediaType }) => mediaType),
    [config.mediaType, named[0].mediaType],
  );
  const twice = await failure(put({ imageTag: 'v1' }));
  assert.equal(twice.name, 'ImageAlreadyExistsException');
  assert.equal(
    twice.message,
    `Image with digest '${imageDigest}' and tag 'v1' already exists in the repository with name 'one' in registry with id '123456789012'`,
  );
  await put({ imageTag: 'v2' });
  const without = manifestOf('config', 'none');
  const missing = await failure(put({ imageManifest: without }));
  assert.equal(missing.name, 'LayersNotFoundException');
  assert.match(missing.message, new RegExp(digestOf('none')));
  const got = await ecr.send(
    new BatchGetImageCommand({
      repositoryName,
      imageIds: [{ imageTag: 'v2' }, { imageTag: 'none' }, { imageTag: 'v1', imageDigest: digestOf('x') }, {}],
    }),
  );
  assert.equal(got.images?.[0]?.imageManifest, imageManifest);
  assert.deepEqual(
    got.failures?.map(({ failureCode, failureReason }) => [failureCode, failureReason]),
    [
      ['ImageNotFound', 'Requested image not found'],
      ['ImageNotFound', 'Requested image not found'],
      ['MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null'],
    ],
  );
  const remove = (...imageIds: { imageTag?: string; imageDigest?: string }[]) =>
    ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
  assert.deepEqual((await remove({ imageTag: 'v1' })).imageIds, [{ imageDigest, imageTag: 'v1' }]);
  assert.deepEqual(await list(), ['v2']);
  // What a list names stays until the list is gone.
  const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [{ digest: imageDigest }] });
  await put({ imageManifest: index, imageTag: 'all' });
  const { failures } = await remove({ imageDigest });
  assert.equal(failures?.[0]?.failureCode, 'ImageReferencedByManifestList');
  assert.match(failures?.[0]?.failureReason ?? '', /^Requested image referenced by manifest list: \[sha256:/);
  await remove({ imageTag: 'all' });
  assert.deepEqual((await remove({ imageDigest })).imageIds, [{ imageDigest, imageTag: 'v2' }]);
  const gone = await failure(ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v2' }] })));
  assert.equal(gone.name, 'ImageNotFoundException');
  assert.equal(
    gone.message,
    "The image with imageId {imageDigest:'null', imageTag:'v2'} does not exist within the repository with name 'one' in the registry with id '123456789012'",
  );
  // Its layers went with the last image that had them.
  assert.equal((await failure(put({}))).name, 'LayersNotFoundException');
});

test('images are listed in pages, by whether they have tags', async () => {
  await using cloud = await startTestCloud();
  const { ecr, registry, list } = await repository(cloud);
  for (const tag of ['a', 'b', 'c']) await registry.push(repositoryName, tag);
  await registry.push(repositoryName, 'a', 'another');
  assert.deepEqual(await list('TAGGED'), ['a', 'b', 'c']);
  assert.deepEqual(await list('UNTAGGED'), ['-']);
  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecr.send(new ListImagesCommand({ repositoryName, maxResults: 1, nextToken }));
    seen.push(...(page.imageIds ?? []).map(({ imageTag = '-' }) => imageTag));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  assert.deepEqual(seen, ['a', 'b', 'c', '-']);
  const described = async (tagStatus: 'ANY' | 'TAGGED' | 'UNTAGGED') => {
    const found: (string[] | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await ecr.send(
        new DescribeImagesCommand({ repositoryName, maxResults: 2, nextToken: token, filter: { tagStatus } }),
      );
      found.push(...(page.imageDetails ?? []).map(({ imageTags }) => imageTags));
      token = page.nextToken;
    } while (token !== undefined);
    return found.map((tags) => tags?.join() ?? '-').toSorted();
  };
  assert.deepEqual(await described('ANY'), ['-', 'a', 'b', 'c']);
  assert.deepEqual(await described('TAGGED'), ['a', 'b', 'c']);
  assert.deepEqual(await described('UNTAGGED'), ['-']);
  const bad = await failure(ecr.send(new ListImagesCommand({ repositoryName, nextToken: 'x' })));
  assert.equal(bad.name, 'InvalidParameterException');
});

test('a lifecycle policy is tried, and carried out once a day', async () => {
  await using cloud = await startTestCloud();
  const { ecr, registry, list } = await repository(cloud);
  const rule = (rulePriority: number, selection: object) => ({
    rulePriority,
    description: 'a rule that is described at some length',
    selection,
    action: { type: 'expire' },
  });
  const untagged = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 3 };
  const builds = { tagStatus: 'tagged', tagPatternList: ['build-*'], countType: 'imageCountMoreThan', countNumber: 1 };
  const lifecyclePolicyText = JSON.stringify({ rules: [rule(1, untagged), rule(2, builds)] });
  const refused = await failure(
    ecr.send(
      new PutLifecyclePolicyCommand({
        repositoryName,
        lifecyclePolicyText: JSON.stringify({ rules: [rule(1, untagged), rule(1, builds)] }),
      }),
    ),
  );
  assert.equal(refused.name, 'InvalidParameterException');
  assert.match(refused.message, /^Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: /);
  const none = await failure(ecr.send(new GetLifecyclePolicyCommand({ repositoryName })));
  assert.equal(none.name, 'LifecyclePolicyNotFoundException');
  for (const tag of ['build-1', 'build-2', 'v1', 'moved']) {
    await registry.push(repositoryName, tag);
    await cloud.advance(1_000);
  }
  await registry.push(repositoryName, 'moved', 'another');
  await ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText }));
  const preview = await ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }));
  assert.equal(preview.status, 'COMPLETE');
  assert.deepEqual(
    preview.previewResults?.map(({ imageTags, appliedRulePriority, action }) => [
      imageTags,
      appliedRulePriority,
      action,
    ]),
    [[['build-1'], 2, { type: 'EXPIRE' }]],
  );
  assert.equal(preview.summary?.expiringImageTotalCount, 1);
  const loose = JSON.stringify(JSON.parse(lifecyclePolicyText), undefined, 2);
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: loose }));
  const unused = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
  assert.equal(unused.lastEvaluatedAt?.getTime(), 0);
  assert.deepEqual(await list(), ['build-1', 'build-2', 'moved', 'v1', '-']);
  await cloud.advance(DAY);
  assert.deepEqual(await list(), ['build-2', 'moved', 'v1', '-']);
  const kept = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
  assert.equal(kept.lifecyclePolicyText, lifecyclePolicyText);
  assert.equal(kept.lastEvaluatedAt?.getTime(), Date.UTC(2026, 0, 2, 0, 0, 4));
  await cloud.advance(3 * DAY);
  assert.deepEqual(await list(), ['build-2', 'moved', 'v1']);
  await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
  const gone = await failure(ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName })));
  assert.equal(gone.name, 'LifecyclePolicyNotFoundException');
});
