/** Managed policies of CloudFormation, ECR and Certificate Manager. */
import { allow, type WrittenPolicies } from './shape.ts';

const PULL = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetRepositoryPolicy',
  'ecr:DescribeRepositories',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:BatchGetImage',
  'ecr:GetLifecyclePolicy',
  'ecr:GetLifecyclePolicyPreview',
  'ecr:ListTagsForResource',
  'ecr:DescribeImageScanFindings',
];
const PUSH = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'];

export const deployingPolicies: WrittenPolicies = {
  AWSCloudFormationFullAccess: {
    description: 'Provides full access to AWS CloudFormation.',
    statements: [allow(['cloudformation:*'])],
  },
  AWSCloudFormationReadOnlyAccess: {
    description: 'Provides access to AWS CloudFormation via the AWS Management Console.',
    statements: [
      allow([
        'cloudformation:Describe*',
        'cloudformation:EstimateTemplateCost',
        'cloudformation:Get*',
        'cloudformation:List*',
        'cloudformation:ValidateTemplate',
        'cloudformation:Detect*',
      ]),
    ],
  },
  AmazonEC2ContainerRegistryFullAccess: {
    description: 'Provides administrative access to Amazon ECR resources',
    statements: [
      allow(['ecr:*', 'cloudtrail:LookupEvents']),
      {
        Effect: 'Allow',
        Action: ['iam:CreateServiceLinkedRole'],
        Resource: '*',
        Condition: { StringEquals: { 'iam:AWSServiceName': ['replication.ecr.amazonaws.com'] } },
      },
    ],
  },
  AmazonEC2ContainerRegistryPowerUser: {
    description:
      'Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes.',
    statements: [allow([...PULL, ...PUSH])],
  },
  AmazonEC2ContainerRegistryReadOnly: {
    description: 'Provides read-only access to Amazon EC2 Container Registry repositories.',
    statements: [allow(PULL)],
  },
  AmazonEC2ContainerRegistryPullOnly: {
    description: 'Provides pull access to Amazon ECR repositories.',
    statements: [
      allow([
        'ecr:GetAuthorizationToken',
        'ecr:BatchGetImage',
        'ecr:GetDownloadUrlForLayer',
        'ecr:BatchImportUpstreamImage',
      ]),
    ],
  },
  AWSCertificateManagerFullAccess: {
    description: 'Provides full access to AWS Certificate Manager (ACM)',
    statements: [
      allow(['acm:*']),
      {
        Effect: 'Allow',
        Action: 'iam:CreateServiceLinkedRole',
        Resource: 'arn:aws:iam::*:role/aws-service-role/acm.amazonaws.com/AWSServiceRoleForCertificateManager*',
        Condition: { StringEquals: { 'iam:AWSServiceName': 'acm.amazonaws.com' } },
      },
      {
        Effect: 'Allow',
        Action: ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus', 'iam:GetRole'],
        Resource: 'arn:aws:iam::*:role/aws-service-role/acm.amazonaws.com/AWSServiceRoleForCertificateManager*',
      },
    ],
  },
  AWSCertificateManagerReadOnly: {
    description: 'Provides read only access to AWS Certificate Manager (ACM).',
    statements: [
      allow([
        'acm:DescribeCertificate',
        'acm:ListCertificates',
        'acm:GetCertificate',
        'acm:ListTagsForCertificate',
        'acm:GetAccountConfiguration',
      ]),
    ],
  },
};
