/** Every service that is built, by name; its code is loaded when it is first called. */
import type { AnyService, ServiceName } from '#kernel/contract';

const SERVICES: { readonly [name in ServiceName]?: () => Promise<{ service: AnyService }> } = {
  acm: () => import('#services/acm/service'),
  'api-gateway': () => import('#services/api-gateway/service'),
  apigatewaymanagementapi: () => import('#services/apigatewaymanagementapi/service'),
  apigatewayv2: () => import('#services/apigatewayv2/service'),
  cloudtrail: () => import('#services/cloudtrail/service'),
  cloudwatch: () => import('#services/cloudwatch/service'),
  cloudfront: () => import('#services/cloudfront/service'),
  'cloudfront-keyvaluestore': () => import('#services/cloudfront-keyvaluestore/service'),
  'cloudwatch-logs': () => import('#services/cloudwatch-logs/service'),
  cloudformation: () => import('#services/cloudformation/service'),
  dynamodb: () => import('#services/dynamodb/service'),
  'dynamodb-streams': () => import('#services/dynamodb-streams/service'),
  ecr: () => import('#services/ecr/service'),
  eventbridge: () => import('#services/eventbridge/service'),
  firehose: () => import('#services/firehose/service'),
  fis: () => import('#services/fis/service'),
  iam: () => import('#services/iam/service'),
  kinesis: () => import('#services/kinesis/service'),
  kms: () => import('#services/kms/service'),
  lambda: () => import('#services/lambda/service'),
  'resource-groups-tagging-api': () => import('#services/resource-groups-tagging-api/service'),
  s3: () => import('#services/s3/service'),
  's3-control': () => import('#services/s3-control/service'),
  'secrets-manager': () => import('#services/secrets-manager/service'),
  sns: () => import('#services/sns/service'),
  sqs: () => import('#services/sqs/service'),
  ssm: () => import('#services/ssm/service'),
  sts: () => import('#services/sts/service'),
};

/** The code of a service; undefined where none is written yet. */
export async function loadService(name: ServiceName): Promise<AnyService | undefined> {
  return (await SERVICES[name]?.())?.service;
}

/** Names of the services that are built. */
export function builtServices(): ServiceName[] {
  return Object.keys(SERVICES) as ServiceName[];
}

/** Who listens to an event of another service; loaded when it first happens. */
const LISTENERS: { readonly [event: string]: readonly ServiceName[] | undefined } = {
  'aws.event': ['eventbridge'],
  'cloudwatch.alarm': ['cloudformation', 'fis'],
  'cloudwatch-logs.answered': ['cloudwatch'],
  'cloudwatch-logs.vended': ['cloudwatch-logs'],
  'cloudwatch-logs.written': ['cloudwatch-logs'],
  'dynamodb.recorded': ['lambda'],
  'dynamodb.written': ['dynamodb'],
  'kinesis.recorded': ['firehose', 'lambda'],
  'fis.ended': ['dynamodb', 's3'],
  's3.notification': ['s3'],
  's3.replication': ['s3'],
  'sqs.arrived': ['lambda'],
};

/** The services that listen to an event, by the event's name. */
export function listenersOf(event: string): readonly ServiceName[] {
  return LISTENERS[event] ?? [];
}
