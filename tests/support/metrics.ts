/** What a cloud counted, as CloudWatch tells it. */
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { START, type TestCloud } from './cloud.ts';

/** Lets a minute pass, and gives a function that tells the whole of a metric since the test began. */
export async function sumOf(cloud: TestCloud, Namespace: string) {
  await cloud.advance(60_000);
  const client = cloud.client(CloudWatchClient);
  return async (
    MetricName: string,
    dimensions: Record<string, string>,
    statistic: 'Sum' | 'SampleCount' = 'Sum',
  ): Promise<number> => {
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(START),
        EndTime: new Date(START + 3_600_000),
        Period: 3_600,
        Statistics: [statistic],
      }),
    );
    return Datapoints.reduce((all, point) => all + (point[statistic] ?? 0), 0);
  };
}
