/** Signs of harm besides refused calls: messages in dead-letter queues, alarms that went off, functions that failed. What can't be asked, in the dark, is left out. */
import { MINUTE, type Millis } from '#kernel/base';
import { type Aws, ServiceError } from '#kernel/contract';

export type AlarmSign = { alarm: string; region: string; at: Millis; state: string };
export type FunctionSign = { function: string; region: string; invocations: number; errors: number };

/** Where a drill looks. */
export type Look = { region: string; aws: Aws };

/** Messages by dead-letter queue: `<name> (<region>)`. */
export async function deadLetters(looks: readonly Look[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { region, aws } of looks)
    await unlessRefused(async () => {
      const { QueueUrls = [] } = await aws.sqs.ListQueues({ MaxResults: 1_000 });
      const queues = new Map<string, number>();
      const dead = new Set<string>();
      for (const QueueUrl of QueueUrls) {
        const { Attributes = {} } = await aws.sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
        const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
        queues.set(
          Attributes.QueueArn ?? '',
          Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible),
        );
        const { deadLetterTargetArn } = JSON.parse(Attributes.RedrivePolicy ?? '{}') as {
          deadLetterTargetArn?: string;
        };
        if (deadLetterTargetArn !== undefined) dead.add(deadLetterTargetArn);
      }
      for (const arn of dead)
        if (queues.has(arn)) found.set(`${arn.slice(arn.lastIndexOf(':') + 1)} (${region})`, queues.get(arn) ?? 0);
    });
  return found;
}

/** Changes of alarms' states since an instant, first to last. */
export async function alarmChanges(looks: readonly Look[], since: Millis): Promise<AlarmSign[]> {
  const changes: AlarmSign[] = [];
  for (const { region, aws } of looks)
    await unlessRefused(async () => {
      const { AlarmHistoryItems = [] } = await aws.cloudwatch.DescribeAlarmHistory({
        HistoryItemType: 'StateUpdate',
        StartDate: since,
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        ScanBy: 'TimestampAscending',
        MaxRecords: 100,
      });
      for (const { AlarmName = '', Timestamp = 0, HistorySummary = '' } of AlarmHistoryItems) {
        const state = /to (\w+)$/.exec(HistorySummary)?.[1];
        if (state !== undefined) changes.push({ alarm: AlarmName, region, at: Timestamp, state });
      }
    });
  return changes.toSorted((a, b) => a.at - b.at);
}

/** Functions that failed since an instant. */
export async function failedFunctions(looks: readonly Look[], since: Millis, until: Millis): Promise<FunctionSign[]> {
  const found: FunctionSign[] = [];
  const StartTime = Math.floor(since / MINUTE) * MINUTE;
  const EndTime = Math.ceil((until + 1) / MINUTE) * MINUTE;
  // A period is of whole minutes, and one covers it all.
  const Period = (EndTime - StartTime) / 1_000;
  for (const { region, aws } of looks)
    await unlessRefused(async () => {
      const { Functions = [] } = await aws.lambda.ListFunctions({});
      for (const { FunctionName = '' } of Functions) {
        const sumOf = async (MetricName: string) => {
          const { Datapoints = [] } = await aws.cloudwatch.GetMetricStatistics({
            Namespace: 'AWS/Lambda',
            MetricName,
            Dimensions: [{ Name: 'FunctionName', Value: FunctionName }],
            StartTime,
            EndTime,
            Period,
            Statistics: ['Sum'],
          });
          return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
        };
        const errors = await sumOf('Errors');
        if (errors > 0) found.push({ function: FunctionName, region, invocations: await sumOf('Invocations'), errors });
      }
    });
  return found;
}

async function unlessRefused(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}
