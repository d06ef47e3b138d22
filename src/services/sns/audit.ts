/** Findings of data protection policies: counted, and written to where the policy says. Source: SNS Developer Guide, "Audit operation"; "Monitoring message data protection". */
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
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
      auditTimestamp: new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      callerPrincipal: principal,
      resourceArn: arn,
      dataIdentifiers,
    });
    const { logGroup, deliveryStream } = destination;
    const aws = ctx.awsFor(arn, 'delivery.logs');
    if (logGroup !== undefined) await lost(() => toGroup(aws['cloudwatch-logs'], logGroup, messageId, at, line));
    if (deliveryStream !== undefined)
      await lost(() =>
        aws.firehose.PutRecord({ DeliveryStreamName: deliveryStream, Record: { Data: Buffer.from(`${line}\n`) } }),
      );
  }
};

type Logs = ReturnType<Ctx['awsFor']>['cloudwatch-logs'];

async function toGroup(logs: Logs, logGroupName: string, logStreamName: string, timestamp: number, message: string) {
  await lost(() => logs.CreateLogStream({ logGroupName, logStreamName }));
  await logs.PutLogEvents({ logGroupName, logStreamName, logEvents: [{ timestamp, message }] });
}

async function lost(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}
