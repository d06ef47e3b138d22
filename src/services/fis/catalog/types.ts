/** Types of resources that the actions here have for targets. Source: FIS User Guide, "Targets for AWS FIS". */

export type TargetKind = {
  id: string;
  description: string;
  parameters: { [name: string]: { description: string; required: boolean } };
  /** What a target may be named by. Source: FIS User Guide: replication of buckets "only supports targeting by tags". */
  byArn: boolean;
};

/** By id, in its order. */
export const TARGET_TYPES: ReadonlyMap<string, TargetKind> = new Map(
  [
    { id: 'aws:dynamodb:global-table', description: 'A DynamoDB Global Table', parameters: {}, byArn: true },
    { id: 'aws:iam:role', description: 'An IAM Role', parameters: {}, byArn: true },
    {
      id: 'aws:lambda:function',
      description: 'A Lambda Function',
      parameters: {
        functionQualifier: { description: 'The version or alias of the function to target.', required: false },
      },
      byArn: true,
    },
    { id: 'aws:s3:bucket', description: 'An S3 Bucket', parameters: {}, byArn: false },
  ].map((kind) => [kind.id, kind as TargetKind]),
);

/** The other types of AWS. */
const NOT_BUILT = [
  'aws:arc:zonal-shift-managed-resource',
  'aws:directconnect:virtual-interface',
  'aws:dsql:cluster',
  'aws:ec2:autoscaling-group',
  'aws:ec2:ebs-volume',
  'aws:ec2:instance',
  'aws:ec2:spot-instance',
  'aws:ec2:subnet',
  'aws:ec2:transit-gateway',
  'aws:ec2:vpc-endpoint',
  'aws:ecs:cluster',
  'aws:ecs:task',
  'aws:eks:cluster',
  'aws:eks:nodegroup',
  'aws:eks:pod',
  'aws:elasticache:replicationgroup',
  'aws:kinesis:stream',
  'aws:memorydb:multi-region-cluster',
  'aws:rds:cluster',
  'aws:rds:db',
];

/** Whether AWS has a type that is not built here. */
export function isTypeMissing(id: string): boolean {
  return NOT_BUILT.includes(id);
}
