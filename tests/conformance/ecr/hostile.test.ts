/** A registry asked for what makes no sense: it answers, in the form of the protocol, and keeps nothing of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateRepositoryCommand, ECRClient, ListImagesCommand } from '@aws-sdk/client-ecr';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';
import { digestOf, MANIFEST, manifestOf, registryOf } from './registry.ts';

const DIGEST = digestOf('x');
const NAMES = ['..', '%2e%2e', 'a//b', 'A', 'a%00b', 'a'.repeat(5_000), 'one/../two', '%', '💥'];
const ENDS = [
  'manifests/v1',
  `manifests/${DIGEST}`,
  'manifests/sha256:x',
  `blobs/${DIGEST}`,
  'blobs/md5:',
  'blobs/uploads/',
  'blobs/uploads/../..',
  'tags/list?n=-1&last=%00',
  'tags/list?n=1e9',
  'referrers/x',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'];

test('hostile paths and methods', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'one' }));
  const { ask } = await registryOf(cloud);
  for (const name of [...NAMES, 'one'])
    for (const end of ENDS)
      for (const method of METHODS) {
        const answer = await ask(encodeURI(`/v2/${name}/${end}`), { method, headers: { 'content-range': '9-1' } });
        const where = `${method} ${name.slice(0, 20)} ${end}: ${answer.status} ${answer.text}`;
        assert.ok(answer.status < 500, where);
        if (answer.status >= 400 && method !== 'HEAD' && answer.text !== '')
          assert.match(answer.text, /^\{"errors":/, where);
      }
  assert.deepEqual((await ecr.send(new ListImagesCommand({ repositoryName: 'one' }))).imageIds, []);
});

test('hostile passwords and manifests', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(ECRClient).send(new CreateRepositoryCommand({ repositoryName: 'one' }));
  const { ask, pushBlob, data } = await registryOf(cloud);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const real = Buffer.from(data?.authorizationToken ?? '', 'base64')
    .toString()
    .slice(4);
  const forged = JSON.parse(Buffer.from(real, 'base64').toString());
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
  for (const authorization of [
    'Basic',
    'Basic !',
    'Bearer x',
    basic(''),
    basic('AWS:'),
    basic(`root:${real}`),
    basic(`AWS:${encoded(null)}`),
    basic(`AWS:${encoded({ ...forged, registry: '210987654321' })}`),
    basic(`AWS:${encoded({ ...forged, registry: ['x'] })}`),
    basic(`AWS:${encoded({ ...forged, payload: forged.payload.slice(0, -4) })}`),
    basic(`AWS:${encoded({ ...forged, payload: '' })}`),
  ]) {
    const { status, text } = await ask('/v2/', { headers: { authorization } });
    assert.ok(status === 401 || status === 403, `${authorization.slice(0, 40)} ${status}`);
    assert.match(text, /^\{"errors":/);
  }
  for (const blob of ['config', 'layer']) await pushBlob('one', blob);
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  for (const body of [
    '',
    'null',
    '[]',
    '{}',
    deep,
    `{"config":${deep}}`,
    manifestOf('config', 'layer', { layers: null }),
    manifestOf('config', 'layer', { layers: [null] }),
    manifestOf('config', 'layer', { layers: [{ digest: 7 }] }),
    manifestOf('config', 'layer', { config: { digest: '../../x' } }),
    manifestOf('config', 'layer', { mediaType: 'text/plain' }),
    'x'.repeat(5 * 1_024 * 1_024),
  ]) {
    const { status, text } = await ask('/v2/one/manifests/v1', {
      method: 'PUT',
      headers: { 'content-type': MANIFEST },
      body,
    });
    assert.equal(status, 400, body.slice(0, 60));
    assert.match(text, /^\{"errors":\[\{"code":"MANIFEST_INVALID"/);
  }
  // Sizes and notes that are none do no harm.
  const odd = manifestOf('config', 'layer', { annotations: ['x'], subject: 'x', artifactType: {} });
  const put = await ask('/v2/one/manifests/odd', { method: 'PUT', headers: { 'content-type': MANIFEST }, body: odd });
  assert.equal(put.status, 201);
});

test('pulls are counted, and what happens to images is told', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told', Attributes: { Policy } }));
  const bridge = cloud.client(EventBridgeClient);
  await bridge.send(new PutRuleCommand({ Name: 'images', EventPattern: '{"source":["aws.ecr"]}' }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:told';
  await bridge.send(new PutTargetsCommand({ Rule: 'images', Targets: [{ Id: 'q', Arn }] }));
  await cloud.client(ECRClient).send(new CreateRepositoryCommand({ repositoryName: 'one' }));
  const registry = await registryOf(cloud);
  const digest = await registry.push('one', 'v1');
  for (let pulls = 0; pulls < 3; pulls += 1) await registry.ask('/v2/one/manifests/v1');
  await cloud.advance(61_000);
  const { MetricDataResults } = await cloud.client(CloudWatchClient).send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.UTC(2026, 0, 1)),
      EndTime: new Date(Date.UTC(2026, 0, 1, 1)),
      MetricDataQueries: [
        {
          Id: 'pulls',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/ECR',
              MetricName: 'RepositoryPullCount',
              Dimensions: [{ Name: 'RepositoryName', Value: 'one' }],
            },
            Period: 60,
            Stat: 'Sum',
          },
        },
      ],
    }),
  );
  assert.deepEqual(MetricDataResults?.[0]?.Values, [3]);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const told = JSON.parse(Messages?.[0]?.Body ?? '{}');
  assert.equal(told['detail-type'], 'ECR Image Action');
  assert.deepEqual(told.detail, {
    result: 'SUCCESS',
    'repository-name': 'one',
    'image-digest': digest,
    'action-type': 'PUSH',
    'image-tag': 'v1',
  });
});
