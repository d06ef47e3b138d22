/** What Secrets Manager tells of what it does by itself. */
import type { Ctx } from '#kernel/contract';

/**
 * Source: Secrets Manager User Guide, "AWS CloudTrail log entries for other related events".
 *
 * @param error what went wrong, where something has
 */
export function tell(
  eventName: string,
  arn: string,
  ctx: Ctx,
  { place, error }: { place?: { account: string; region: string }; error?: string } = {},
): void {
  const detail = {
    eventSource: 'secretsmanager.amazonaws.com',
    eventName,
    ...(error !== undefined && { errorMessage: error }),
    additionalEventData: { SecretId: arn },
  };
  ctx.announce('AWS Service Event via CloudTrail', detail, [arn], place);
}
