/** Lets standard logs be brought to their bucket. Source: CloudFront Developer Guide, "Permissions required for standard logging". */
import { type Ctx, ServiceError } from '#kernel/contract';
import type { DistributionConfig } from '#models/cloudfront';
import type { Grant } from '#models/s3';
import { LOGS_ACCOUNT } from '../../s3/port.ts';
import { closedLogBucket, invalidArgument } from '../errors.ts';
import { bucketOf } from './names.ts';

const GRANT: Grant = { Grantee: { Type: 'CanonicalUser', ID: LOGS_ACCOUNT }, Permission: 'FULL_CONTROL' };

/** The endpoint of the bucket that logs go to; undefined where none are kept. */
export function logBucket({ Logging }: DistributionConfig): string | undefined {
  return Logging?.Enabled === true ? Logging.Bucket : undefined;
}

/**
 * Grants the bucket to the account that brings logs, with the caller's own permissions.
 *
 * @param domain the bucket's endpoint
 * @throws {ServiceError} InvalidArgument, AccessDenied
 */
export async function openLogBucket(domain: string, ctx: Ctx): Promise<void> {
  const Bucket = bucketOf(domain);
  if (Bucket === undefined) throw invalidArgument('The parameter Logging Bucket does not refer to a valid S3 bucket.');
  const { s3 } = ctx.awsForCaller();
  try {
    const { Owner, Grants = [] } = await s3.GetBucketAcl({ Bucket });
    if (Grants.some(isDelivery)) return;
    await s3.PutBucketAcl({ Bucket, AccessControlPolicy: { Owner, Grants: [...Grants, GRANT] } });
  } catch (error) {
    throw error instanceof ServiceError ? refusal(error, domain) : error;
  }
}

function isDelivery({ Grantee, Permission }: Grant): boolean {
  return Grantee?.ID === LOGS_ACCOUNT && Permission === 'FULL_CONTROL';
}

/** Source: github.com/hashicorp/terraform/issues/9176, aws-samples/baseline-environment-on-aws/issues/363, aws/aws-cdk/issues/33747. */
function refusal(error: ServiceError, domain: string): ServiceError {
  if (error.code === 'NoSuchBucket')
    return invalidArgument(`The S3 bucket that you specified for CloudFront logs doesn't exist: ${domain}`);
  if (error.code === 'AccessControlListNotSupported')
    return invalidArgument(
      `The S3 bucket that you specified for CloudFront logs does not enable ACL access: ${domain}`,
    );
  return error.code === 'AccessDenied' ? closedLogBucket(domain) : error;
}
