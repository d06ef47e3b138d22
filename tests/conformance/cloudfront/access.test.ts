/** Who may call what, as IAM policies say; and that accounts do not see each other's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateInvalidationCommand,
  GetAnycastIpListCommand,
  GetDistributionCommand,
  ListDistributionsCommand,
} from '@aws-sdk/client-cloudfront';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { listen } from '../../support/headers.ts';
import { configOf, customOrigin, distribute } from './support.ts';

test('a user does with one distribution what a policy allows, and with no other', async () => {
  await using cloud = await startTestCloud();
  const one = await distribute(cloud, configOf(customOrigin(80)));
  const other = await distribute(cloud, configOf(customOrigin(80)));
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'web' }));
  const statement = { Effect: 'Allow', Action: 'cloudfront:GetDistribution', Resource: one.arn };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'web',
      PolicyName: 'one',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'web' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const cloudfront = cloud.client(CloudFrontClient, { credentials });
  const { Distribution } = await cloudfront.send(new GetDistributionCommand({ Id: one.id }));
  assert.equal(Distribution?.Id, one.id);
  const denied = await failure(cloudfront.send(new GetDistributionCommand({ Id: other.id })));
  assert.deepEqual([denied.name, denied.$metadata?.httpStatusCode], ['AccessDenied', 403]);
  assert.match(
    denied.message,
    /is not authorized to perform: cloudfront:GetDistribution on resource: arn:aws:cloudfront::123456789012:distribution\//,
  );
  const batch = { CallerReference: '1', Paths: { Quantity: 1, Items: ['/*'] } };
  const invalidation = new CreateInvalidationCommand({ DistributionId: one.id, InvalidationBatch: batch });
  assert.equal((await failure(cloudfront.send(invalidation))).name, 'AccessDenied');
  for (const [changed, code] of [
    [{ secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    [{ accessKeyId: 'ASIAQQQQQQQQQQQQQQQQ' }, 'InvalidClientTokenId'],
  ] as const) {
    const forged = cloud.client(CloudFrontClient, { credentials: { ...credentials, ...changed } });
    const refused = await failure(forged.send(new ListDistributionsCommand({})));
    assert.deepEqual([refused.name, refused.$metadata?.httpStatusCode], [code, 403]);
  }
});

test('another account sees nothing of it; what is not built answers 501', async () => {
  await using cloud = await startTestCloud();
  const { id } = await distribute(cloud, configOf(customOrigin(80)));
  const credentials = { accessKeyId: '222222222222', secretAccessKey: 'test' };
  const others = cloud.client(CloudFrontClient, { credentials });
  const headers = listen(others);
  const { DistributionList } = await others.send(new ListDistributionsCommand({}));
  assert.equal(headers()['content-type'], 'text/xml');
  assert.equal(DistributionList?.Quantity, 0);
  assert.equal((await failure(others.send(new GetDistributionCommand({ Id: id })))).name, 'NoSuchDistribution');
  const unbuilt = await failure(others.send(new GetAnycastIpListCommand({ Id: 'aip_1' })));
  assert.equal(unbuilt.$metadata?.httpStatusCode, 501);
  assert.match(unbuilt.message, /there are no addresses of the edge to give out/);
});
