/**
 * AWS managed keys: `alias/aws/<service>`, one for each service, account and Region, made when the service first needs it.
 *
 * @see KMS Developer Guide, "AWS managed keys"; API Reference, DescribeKey: a predefined alias gets its key when it is described
 */
import { DAY } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { ROTATION_DAYS_DEFAULT } from '../limits.ts';
import { aliases, type KeyRow, keys } from '../state.ts';
import { keepMaterial, newMaterialId, secretMaterial } from './material.ts';
import { armRotation } from './rotation.ts';

/** Services with a predefined alias, and what their key is described as. */
const DESCRIBED: { readonly [service: string]: string } = {
  acm: 'Default key that protects my ACM private keys when no other key is defined',
  backup: 'Default key that protects my Backup data when no other key is defined',
  dynamodb: 'Default key that protects my DynamoDB data when no other key is defined',
  ebs: 'Default key that protects my EBS volumes when no other key is defined',
  ecr: 'Default key that protects my ECR data when no other key is defined',
  elasticfilesystem: 'Default key that protects my EFS filesystems when no other key is defined',
  es: 'Default key that protects my Elasticsearch data when no other key is defined',
  fsx: 'Default key that protects my FSx resources when no other key is defined',
  glue: 'Default key that protects my Glue data when no other key is defined',
  kinesis: 'Default key that protects my Kinesis data when no other key is defined',
  kinesisvideo: 'Default key that protects my Kinesis Video Streams data when no other key is defined',
  lambda: 'Default key that protects my Lambda functions when no other key is defined',
  rds: 'Default key that protects my RDS database volumes when no other key is defined',
  redshift: 'Default key that protects my Redshift clusters when no other key is defined',
  s3: 'Default key that protects my S3 objects when no other key is defined',
  secretsmanager: 'Default key that protects my Secrets Manager data when no other key is defined',
  sns: 'Default key that protects my SNS data when no other key is defined',
  sqs: 'Default key that protects my SQS messages when no other key is defined',
  ssm: 'Default key that protects my SSM parameters when no other key is defined',
};
const PREFIX = 'alias/aws/';
/** Where the service that uses the key has another name than the alias. */
const USED_BY: { readonly [service: string]: string } = { ebs: 'ec2' };

/** The predefined aliases that have no key yet, in order. */
export function unusedAliases(store: StoreView): string[] {
  return Object.keys(DESCRIBED)
    .map((service) => `${PREFIX}${service}`)
    .filter((name) => store.get(aliases, { name }) === undefined)
    .sort();
}

/** The service through which a call came: the last that passed it on, or a service that calls by itself. */
export function viaService(ctx: Ctx): string | undefined {
  const { via, principal } = ctx.caller;
  const endpoint = via?.at(-1) ?? (principal.kind === 'service' ? principal.service : undefined);
  return endpoint?.replace(/\.amazonaws\.com$/, `.${ctx.region}.amazonaws.com`);
}

/** Whether the alias gets its key by this call: it is described, or its service asks for it. */
export function isPredefined(alias: string, ctx: Ctx, action: string): boolean {
  if (!alias.startsWith(PREFIX)) return false;
  const service = alias.slice(PREFIX.length);
  if (action === 'kms:DescribeKey') return Object.hasOwn(DESCRIBED, service);
  return viaService(ctx) === userOf(service, ctx);
}

/** The service that uses the key of an alias, as `kms:ViaService` names it. */
function userOf(service: string, ctx: Ctx): string {
  return `${USED_BY[service] ?? service}.${ctx.region}.amazonaws.com`;
}

/** Makes the key of a predefined alias, in the present transaction. */
export function createManagedKey(alias: string, ctx: Ctx): KeyRow {
  const service = alias.slice(PREFIX.length);
  const id = ctx.uuid();
  const material = newMaterialId(ctx);
  const arn = `arn:${ctx.partition}:kms:${ctx.region}:${ctx.account}:key/${id}`;
  const key: KeyRow = {
    id,
    arn,
    account: ctx.account,
    region: ctx.region,
    description: DESCRIBED[service] ?? `Default key that protects my ${service} data when no other key is defined`,
    usage: 'ENCRYPT_DECRYPT',
    spec: 'SYMMETRIC_DEFAULT',
    origin: 'AWS_KMS',
    manager: 'AWS',
    state: 'Enabled',
    policy: managedPolicy(service, ctx),
    tags: {},
    createdAt: ctx.now,
    material,
    rotation: { days: ROTATION_DAYS_DEFAULT, nextAt: ctx.now + ROTATION_DAYS_DEFAULT * DAY },
  };
  ctx.transact((store) => {
    store.put(keys, key);
    keepMaterial(store, { key: id, id: material }, secretMaterial(32).secret);
    store.put(aliases, {
      name: alias,
      arn: `arn:${ctx.partition}:kms:${ctx.region}:${ctx.account}:${alias}`,
      key: id,
      createdAt: ctx.now,
      updatedAt: ctx.now,
    });
    armRotation(key, ctx);
  });
  return key;
}

/**
 * Everybody in the account, through the service. AWS's texts differ from service to service in their names and in a few actions.
 *
 * Deviation: a service that calls by itself passes for one that calls through itself, so that this policy lets it in; AWS's
 * policies of some services name its principal instead.
 */
function managedPolicy(service: string, ctx: Ctx): string {
  const document = {
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow access through ${service} for all principals in the account that are authorized to use ${service}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:CallerAccount': ctx.account,
            'kms:ViaService': userOf(service, ctx),
          },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:${ctx.partition}:iam::${ctx.account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  };
  return JSON.stringify(document, undefined, 2);
}
