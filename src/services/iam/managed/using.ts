/** Managed policies for those who use APIs, keys, parameters and trails. */
import { allow, type WrittenPolicies } from './shape.ts';

export const usingPolicies: WrittenPolicies = {
  AmazonAPIGatewayAdministrator: {
    description:
      'Provides full access to create/edit/delete APIs in Amazon API Gateway via the AWS Management Console.',
    statements: [{ Effect: 'Allow', Action: ['apigateway:*'], Resource: 'arn:aws:apigateway:*::/*' }],
  },
  AmazonAPIGatewayInvokeFullAccess: {
    description: 'Provides full access to invoke APIs in Amazon API Gateway.',
    statements: [
      {
        Effect: 'Allow',
        Action: ['execute-api:Invoke', 'execute-api:ManageConnections'],
        Resource: 'arn:aws:execute-api:*:*:*',
      },
    ],
  },
  AWSKeyManagementServicePowerUser: {
    description: 'Provides access to AWS Key Management Service (KMS).',
    statements: [
      allow([
        'kms:CreateAlias',
        'kms:CreateKey',
        'kms:DeleteAlias',
        'kms:Describe*',
        'kms:GenerateRandom',
        'kms:Get*',
        'kms:List*',
        'kms:TagResource',
        'kms:UntagResource',
        'iam:ListGroups',
        'iam:ListRoles',
        'iam:ListUsers',
      ]),
    ],
  },
  AmazonSSMReadOnlyAccess: {
    description: 'Provides read only access to Amazon SSM.',
    statements: [allow(['ssm:Describe*', 'ssm:Get*', 'ssm:List*'])],
  },
  AWSCloudTrail_ReadOnlyAccess: {
    description: 'Provides read only access to AWS CloudTrail.',
    statements: [allow(['cloudtrail:Get*', 'cloudtrail:Describe*', 'cloudtrail:List*', 'cloudtrail:LookupEvents'])],
  },
};
