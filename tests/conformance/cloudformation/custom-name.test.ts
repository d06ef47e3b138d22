/** What a template gives a name to can't be replaced while it keeps that name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { startTestCloud } from '../../support/cloud.ts';
import { create, expectStatus, physicalIds, reasons, templateOf } from './stacks.ts';

const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
const PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sqs:ListQueues', Resource: '*' }],
};
const table = (key: string) => ({
  AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
  KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
});

const CASES: {
  readonly [type: string]: readonly [property: string, name: string, before: object, after: object];
} = {
  'AWS::DynamoDB::Table': ['TableName', 'orders', table('id'), table('pk')],
  'AWS::IAM::ManagedPolicy': [
    'ManagedPolicyName',
    'reads',
    { PolicyDocument, Description: 'a' },
    { PolicyDocument, Description: 'b' },
  ],
  'AWS::S3::Bucket': ['BucketName', 'kept-apart', {}, { ObjectLockEnabled: true }],
  'AWS::ECR::Repository': ['RepositoryName', 'images', {}, { EncryptionConfiguration: { EncryptionType: 'KMS' } }],
};

for (const [type, [property, name, before, after]] of Object.entries(CASES))
  test(type, async () => {
    await using cloud = await startTestCloud();
    const formation = cloud.client(CloudFormationClient);
    const of = (properties: object) => templateOf({ Thing: { Type: type, Properties: properties } });
    const update = (properties: object) =>
      formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: of(properties), Capabilities }));
    await create(cloud, 's', of({ ...before, [property]: name }), { Capabilities });
    const { Thing } = await physicalIds(cloud, 's');
    await update({ ...after, [property]: name });
    await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
    const why = 'CloudFormation cannot update a stack when a custom-named resource requires replacing.';
    assert.deepEqual(await reasons(cloud, 's'), [
      `Thing: ${why} Rename ${name} and update the stack again.`,
      's: The following resource(s) failed to update: [Thing]. ',
    ]);
    assert.equal((await physicalIds(cloud, 's')).Thing, Thing);
    await update({ ...after, [property]: `${name}-2` });
    await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
    assert.notEqual((await physicalIds(cloud, 's')).Thing, Thing);
  });
