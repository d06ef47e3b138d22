/**
 * What is looked at before anything is made: whether properties are what their types allow, and names are free; of a change set also whether
 * buckets that are to go are empty.
 *
 * Deviation: quotas, and whether repositories of ECR can be deleted, are not looked at.
 *
 * @see CloudFormation User Guide, "Validate stack deployments"
 */
import { type Ctx, ServiceError } from '#kernel/contract';
import type { Change } from '../domain/changes.ts';
import { propertyFaults } from '../domain/check.ts';
import { issueText } from '../domain/fault.ts';
import { importedId } from '../domain/imports.ts';
import type { JsonObject } from '../domain/parse.ts';
import { type Plan, propertiesOf, rowsById } from '../domain/plan.ts';
import { scopeOf } from '../domain/scope.ts';
import { maskedText, secretsOf } from '../domain/secret.ts';
import { typeNamed } from '../domain/type.ts';
import { type Issue, stackResources } from '../state.ts';
import { identifierIn, isThere, type Look, scopeFor } from './presence.ts';

/** Types whose names are not looked at. Source: the guide's "Resource limitations", without roles and log groups, which users have seen refused. */
const UNNAMED = new Set([
  'AWS::ApiGateway::BasePathMapping',
  'AWS::ApiGateway::DomainNameAccessAssociation',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGatewayV2::ApiGatewayManagedOverrides',
  'AWS::ApiGatewayV2::DomainName',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CertificateManager::Certificate',
  'AWS::CloudFormation::CustomResource',
  'AWS::CloudFormation::Macro',
  'AWS::CloudFormation::Stack',
  'AWS::CloudFormation::WaitCondition',
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::CloudFront::CachePolicy',
  'AWS::CloudFront::OriginRequestPolicy',
  'AWS::CloudFront::RealtimeLogConfig',
  'AWS::CloudFront::StreamingDistribution',
  'AWS::CloudWatch::AnomalyDetector',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::InsightRule',
  'AWS::CloudWatch::MetricStream',
  'AWS::ECR::Repository',
  'AWS::IAM::AccessKey',
  'AWS::IAM::Group',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::Policy',
  'AWS::IAM::User',
  'AWS::IAM::UserToGroupAddition',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::KinesisFirehose::DeliveryStream',
  'AWS::Lambda::CodeSigningConfig',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::S3::AccessPoint',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Association',
  'AWS::SSM::MaintenanceWindow',
  'AWS::SSM::MaintenanceWindowTarget',
  'AWS::SSM::MaintenanceWindowTask',
  'AWS::SecretsManager::SecretTargetAttachment',
]);

/** @param imported logical ids of what is there and is taken in */
export async function issuesOf(plan: Plan, look: Look, imported: ReadonlySet<string>, ctx: Ctx): Promise<Issue[]> {
  const { stack, source } = look;
  const rows = rowsById(ctx.store.list(stackResources, { where: { stackId: stack.id } }));
  const scope = scopeOf(plan.template, { ...stack, ...source }, rows, ctx);
  const issues: Issue[] = [];
  for (const declared of plan.wanted) {
    const { logicalId, type } = declared;
    const found = await typeNamed(type, ctx.findResource);
    const properties = evaluated(() => propertiesOf(declared, scope));
    if (found?.schema === undefined || properties === undefined) continue;
    for (const fault of propertyFaults(properties, found.schema))
      issues.push({
        logicalId,
        type,
        name: 'PROPERTY_VALIDATION',
        mode: 'FAIL',
        reason: maskedText(issueText(fault), secretsOf(source, stack.source)),
        path: `/Resources/${logicalId}/Properties${fault.path.slice(1)}`,
      });
    if (rows.get(logicalId)?.thing !== undefined || imported.has(logicalId) || UNNAMED.has(type)) continue;
    const identifier = identifierIn(properties, found);
    if (identifier === undefined || !(await isThere({ declared, found, identifier, properties }, look, ctx))) continue;
    issues.push({
      logicalId,
      type,
      name: 'NAME_CONFLICT_VALIDATION',
      mode: 'FAIL',
      reason: `Resource of type '${type}' with identifier '${importedId(identifier, found.schema)}' already exists.`,
      path: `/Resources/${logicalId}`,
    });
  }
  return issues;
}

/** What stands for nothing is told where it is made. */
function evaluated(evaluate: () => JsonObject): JsonObject | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/** Buckets that are to go and have something in them. Source of the text: aws-cloudformation/rain, pull request 744. */
export async function fullBuckets(changes: readonly Change[], look: Look, ctx: Ctx): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const { ResourceChange } of changes) {
    const { Action, PolicyAction, ResourceType: type, LogicalResourceId: logicalId = '' } = ResourceChange ?? {};
    const Bucket = ResourceChange?.PhysicalResourceId;
    if (Action !== 'Remove' || PolicyAction !== 'Delete' || type !== 'AWS::S3::Bucket' || Bucket === undefined)
      continue;
    if (await isEmpty(Bucket, scopeFor(logicalId, type, look, ctx))) continue;
    issues.push({
      logicalId,
      type,
      name: 'BUCKET_EMPTINESS_VALIDATION',
      mode: 'WARN',
      reason: `The bucket '${Bucket}' is not empty. You must either delete all objects and versions or use the deletion policy to retain it, otherwise the delete operation will fail.`,
      path: `/Resources/${logicalId}`,
    });
  }
  return issues;
}

async function isEmpty(Bucket: string, { aws }: ReturnType<typeof scopeFor>): Promise<boolean> {
  try {
    const { Versions = [], DeleteMarkers = [] } = await aws.s3.ListObjectVersions({ Bucket, MaxKeys: 1 });
    return Versions.length === 0 && DeleteMarkers.length === 0;
  } catch (error) {
    // Who may not look sees nothing.
    if (error instanceof ServiceError) return true;
    throw error;
  }
}

const CHECKS = [
  ['AWS::EarlyValidation::ResourceExistenceCheck', 'NAME_CONFLICT_VALIDATION'],
  ['AWS::EarlyValidation::PropertyValidation', 'PROPERTY_VALIDATION'],
] as const;

/** Why a change set can't be made; undefined where it can. Source: aws/aws-cdk-cli, issue 1000; serverless/serverless, issue 13248. */
export function refusalOf(issues: readonly Issue[]): string | undefined {
  const failed = CHECKS.filter(([, name]) => issues.some((one) => one.name === name)).map(([check]) => check);
  return failed.length === 0
    ? undefined
    : `The following hook(s)/validation failed: [${failed.join(', ')}]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.`;
}
