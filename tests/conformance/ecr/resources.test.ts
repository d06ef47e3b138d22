/** Repositories made, changed and removed by CloudFormation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-ecr';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { registryOf } from './registry.ts';

const LIFECYCLE = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: 'Untagged images should not exist, but expire any older than one year',
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 365 },
      action: { type: 'expire' },
    },
  ],
});
const OPEN = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'LambdaECRImageRetrievalPolicy',
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Condition: { StringLike: { 'aws:sourceArn': 'arn:aws:lambda:us-east-1:123456789012:function:*' } },
    },
  ],
};

const template = (Properties: object) =>
  templateOf(
    { Images: { Type: 'AWS::ECR::Repository', Properties } },
    {
      Outputs: {
        Arn: { Value: { 'Fn::GetAtt': ['Images', 'Arn'] } },
        Uri: { Value: { 'Fn::GetAtt': ['Images', 'RepositoryUri'] } },
        Name: { Value: { Ref: 'Images' } },
      },
    },
  );

test('AWS::ECR::Repository', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  const first = {
    ImageTagMutability: 'IMMUTABLE',
    LifecyclePolicy: { LifecyclePolicyText: LIFECYCLE, RegistryId: '123456789012' },
    RepositoryPolicyText: OPEN,
    ImageScanningConfiguration: { ScanOnPush: 'true' },
    Tags: [{ Key: 'team', Value: 'web' }],
  };
  await create(cloud, 'images', template(first), { Tags: [{ Key: 'stack', Value: 'yes' }] });
  const { Name = '', Arn, Uri } = await outputs(cloud, 'images');
  assert.match(Name, /^images-images-[a-z0-9]{12}$/);
  assert.equal(Arn, `arn:aws:ecr:us-east-1:123456789012:repository/${Name}`);
  assert.equal(Uri, `123456789012.dkr.ecr.us-east-1.localhost:${new URL(cloud.url).port}/${Name}`);
  const described = async () =>
    (await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [Name] }))).repositories?.[0];
  assert.equal((await described())?.imageTagMutability, 'IMMUTABLE');
  assert.equal((await described())?.imageScanningConfiguration?.scanOnPush, true);
  const policy = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName: Name }));
  assert.deepEqual(JSON.parse(policy.policyText ?? ''), OPEN);
  const cycle = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName: Name }));
  assert.equal(cycle.lifecyclePolicyText, LIFECYCLE);
  const tagged = async () => (await ecr.send(new ListTagsForResourceCommand({ resourceArn: Arn }))).tags;
  assert.deepEqual(await tagged(), [
    { Key: 'stack', Value: 'yes' },
    { Key: 'team', Value: 'web' },
  ]);
  await update(cloud, 'images', template({ EmptyOnDelete: true, Tags: [{ Key: 'team', Value: 'shop' }] }));
  assert.equal((await physicalIds(cloud, 'images')).Images, Name);
  // What the template has no more stays as it was, but for policies.
  assert.equal((await described())?.imageTagMutability, 'IMMUTABLE');
  assert.equal((await described())?.imageScanningConfiguration?.scanOnPush, true);
  assert.deepEqual(await tagged(), [
    { Key: 'stack', Value: 'yes' },
    { Key: 'team', Value: 'shop' },
  ]);
  const gone = await failure(ecr.send(new GetLifecyclePolicyCommand({ repositoryName: Name })));
  assert.equal(gone.name, 'LifecyclePolicyNotFoundException');
  // Another name is another repository.
  await update(cloud, 'images', template({ EmptyOnDelete: true, RepositoryName: 'shop/web' }));
  assert.equal((await physicalIds(cloud, 'images')).Images, 'shop/web');
  assert.equal((await failure(described())).name, 'RepositoryNotFoundException');
  await (await registryOf(cloud)).push('shop/web', 'v1');
  await remove(cloud, 'images');
  assert.deepEqual((await ecr.send(new DescribeRepositoriesCommand({}))).repositories, []);
});
