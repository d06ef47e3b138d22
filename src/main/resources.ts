/** CloudFormation's types of resources: AWS's schema of each, and the service that makes it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FindResource, ResourceSchema, ResourceTypes } from '#kernel/contract';
import { MODELS } from './models.ts';

/** By the middle of a type's name; a service's types are loaded when the first one is asked for. */
const RESOURCES: { readonly [namespace: string]: () => Promise<{ resources: ResourceTypes }> } = {
  ApiGateway: () => import('#services/api-gateway/resources'),
  ApiGatewayV2: () => import('#services/apigatewayv2/resources'),
  CertificateManager: () => import('#services/acm/resources'),
  CloudFormation: () => import('#services/cloudformation/resources'),
  CloudFront: () => import('#services/cloudfront/resources'),
  CloudTrail: () => import('#services/cloudtrail/resources'),
  CloudWatch: () => import('#services/cloudwatch/resources'),
  DynamoDB: () => import('#services/dynamodb/resources'),
  ECR: () => import('#services/ecr/resources'),
  Events: () => import('#services/eventbridge/resources'),
  FIS: () => import('#services/fis/resources'),
  IAM: () => import('#services/iam/resources'),
  KMS: () => import('#services/kms/resources'),
  Kinesis: () => import('#services/kinesis/resources'),
  KinesisFirehose: () => import('#services/firehose/resources'),
  Lambda: () => import('#services/lambda/resources'),
  Logs: () => import('#services/cloudwatch-logs/resources'),
  S3: () => import('#services/s3/resources'),
  S3Express: () => import('#services/s3/resources-directory'),
  SNS: () => import('#services/sns/resources'),
  SecretsManager: () => import('#services/secrets-manager/resources'),
  SQS: () => import('#services/sqs/resources'),
  SSM: () => import('#services/ssm/resources'),
};

const schemas = new Map<string, { [type: string]: ResourceSchema }>();

async function find(name: string): ReturnType<FindResource> {
  const namespace = /^AWS::(\w+)::\w+$/.exec(name)?.[1] ?? '';
  const load = Object.hasOwn(RESOURCES, namespace) ? RESOURCES[namespace] : undefined;
  const type = (await load?.())?.resources[name];
  const schema = type === undefined ? undefined : schemasOf(namespace)[name];
  return type === undefined || schema === undefined ? undefined : { type, schema };
}

/** A type that exists here; undefined for any other. */
export const findResource: FindResource = Object.assign(find, {
  async names() {
    const all = await Promise.all(Object.values(RESOURCES).map((load) => load()));
    return all.flatMap(({ resources }) => Object.keys(resources)).toSorted();
  },
});

function schemasOf(namespace: string): { [type: string]: ResourceSchema } {
  let found = schemas.get(namespace);
  if (found === undefined) {
    found = JSON.parse(readFileSync(join(MODELS, 'resources', `${namespace}.json`), 'utf8')) as NonNullable<
      typeof found
    >;
    schemas.set(namespace, found);
  }
  return found;
}
