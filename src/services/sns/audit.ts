/** Findings of data protection policies: counted, and written to where the policy says. Source: SNS Developer Guide, "Audit operation"; "Monitoring message data protection". */
import { isoSeconds } from '#kernel/base';
import { type Ctx, evenIfRefused, persistently, type TaskHandler } from '#kernel/contract';
import { putLines } from '../cloudwatch-logs/port.ts';
import type { Finding } from './domain/protection.ts';

/** What is written of one message. */
type Record_ = { topic: string; arn: string; messageId: string; principal: string; at: number; findings: Finding[] };

/** In the transaction of the publish: findings are written when it commits. */
export function noteFindings(record: Record_, place: { account: string; region: string }, ctx: Ctx): void {
  for (const { dataIdentifiers } of record.findings) {
    const metric = dataIdentifiers.length > 0 ? 'MessagesWithFindings' : 'MessagesWithNoFindings';
    ctx.count(metric, { TopicName: record.topic }, 1, 'Count', place);
  }
  if (record.findings.length > 0) ctx.start('audit', record.messageId, record, place);
}

/** A task: writes the findings of a message. What can't be written is lost, as on AWS where the permissions are missing. */
export const audit: TaskHandler = async (payload, ctx) => {
  const { arn, messageId, principal, at, findings } = payload as Record_;
  for (const { dataIdentifiers, destination } of findings) {
    const line = JSON.stringify({
      messageId,
      auditTimestamp: isoSeconds(at),
      callerPrincipal: principal,
      resourceArn: arn,
      dataIdentifiers,
    });
    const { logGroup, deliveryStream } = destination;
    const aws = ctx.awsFor(arn, 'delivery.logs');
    if (logGroup !== undefined) {
      const place = { logGroupName: logGroup, logStreamName: messageId };
      const put = () => putLines(aws['cloudwatch-logs'], place, [{ timestamp: at, message: line }]);
      await evenIfRefused(persistently(put, ctx));
    }
    if (deliveryStream === undefined) continue;
    const record = { DeliveryStreamName: deliveryStream, Record: { Data: Buffer.from(`${line}\n`) } };
    await evenIfRefused(persistently(() => aws.firehose.PutRecord(record), ctx));
  }
};
