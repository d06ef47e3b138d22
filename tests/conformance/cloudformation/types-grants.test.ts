/** S3 Access Grants in stacks. */
import { test } from 'node:test';
import { arnOf, changes } from './changes.ts';

const principal = (kind: string) => `arn:aws:iam::123456789012:${kind}`;
const trust = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'access-grants.s3.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
    },
  ],
};

const PATH = { 'Fn::Join': ['', ['s3://', { Ref: 'Bucket' }, '/data/']] };

test('an instance, its locations and grants are made, changed and removed', () =>
  changes({
    Role: ['IAM::Role', { RoleName: 'first', AssumeRolePolicyDocument: trust }],
    Other: ['IAM::Role', { RoleName: 'second', AssumeRolePolicyDocument: trust }],
    Bucket: ['S3::Bucket', { BucketName: 'granted-2026' }],
    Instance: ['S3::AccessGrantsInstance', {}],
    Location: [
      'S3::AccessGrantsLocation',
      { LocationScope: PATH, IamRoleArn: arnOf('Role') },
      { LocationScope: PATH, IamRoleArn: arnOf('Other') },
      { dependsOn: 'Instance' },
    ],
    Grant: [
      'S3::AccessGrant',
      {
        AccessGrantsLocationId: { Ref: 'Location' },
        AccessGrantsLocationConfiguration: { S3SubPrefix: 'in/*' },
        Grantee: { GranteeType: 'IAM', GranteeIdentifier: principal('user/ann') },
        Permission: 'READ',
      },
    ],
  }));
