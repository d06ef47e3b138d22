/** What goes wrong on the way to a destination: told to the stream's log, and kept with the records. */
import { type Acting, type Ctx, evenIfRefused, ServiceError } from '#kernel/contract';
import type { CloudWatchLoggingOptions } from '#models/firehose';
import type { StreamRow } from '../state.ts';

/** An error as Firehose names it. Source: Developer Guide, "Monitor Amazon Data Firehose using CloudWatch Logs". */
export type Trouble = { code: string; message: string };

/** What couldn't be delivered; `isFinal`: it is not tried again, and lost. Source: Developer Guide, "HTTP endpoint delivery request and response specifications", of an answer 413. */
export class Undelivered extends Error {
  override name = 'Undelivered';
  readonly trouble: Trouble;
  readonly isFinal: boolean;

  constructor(trouble: Trouble, isFinal = false) {
    super(trouble.message);
    this.trouble = trouble;
    this.isFinal = isFinal;
  }
}

/** As a role of the account. Source: Developer Guide, "Controlling access": trust policies may ask for the account's id as sts:ExternalId. */
export const assumeRole = (role: string, ctx: Ctx) => ctx.actAs(role, 'firehose', { externalId: ctx.account });

/** Acts as a role of the stream. @throws {Undelivered} */
export async function actAs(
  role: string,
  area: 'S3' | 'Lambda' | 'HttpEndpoint' | 'Splunk',
  ctx: Ctx,
): Promise<Acting> {
  try {
    return await assumeRole(role, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new Undelivered({
      code: `${area}.AssumeRoleAccessDenied`,
      message:
        'Access was denied. Ensure that the trust policy for the provided IAM role allows Firehose to assume the role.',
    });
  }
}

/**
 * Writes to the stream's log, with the role of the destination, where it is configured. What can't be written is lost.
 *
 * @param destination its ARN or URL
 */
export async function logTrouble(
  stream: StreamRow,
  options: CloudWatchLoggingOptions | undefined,
  role: string,
  destination: string,
  { code, message }: Trouble,
  ctx: Ctx,
): Promise<void> {
  const { Enabled, LogGroupName: logGroupName = '', LogStreamName: logStreamName = '' } = options ?? {};
  if (Enabled !== true || logGroupName === '' || logStreamName === '') return;
  const line = {
    deliveryStreamARN: stream.arn,
    destination,
    deliveryStreamVersionId: stream.version,
    message,
    errorCode: code,
  };
  const logEvents = [{ timestamp: ctx.clock(), message: JSON.stringify(line) }];
  const put = assumeRole(role, ctx).then((acting) =>
    acting.aws()['cloudwatch-logs'].PutLogEvents({ logGroupName, logStreamName, logEvents }),
  );
  await evenIfRefused(put);
}
