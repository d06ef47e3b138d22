/** Real-time logs as a type of CloudFormation. */
import { ifThere, isGone, madeOnce, type Properties, type ResourceType } from '#kernel/contract';
import type { CreateRealtimeLogConfigRequest, EndPoint } from '#models/cloudfront';

const GONE = 'NoSuchRealtimeLogConfig';

/** Templates write the last part of `RoleARN` and `StreamARN` as a word. */
type GivenEnd = { StreamType: string; KinesisStreamConfig: { RoleArn: string; StreamArn: string } };

function inputOf(properties: Properties): CreateRealtimeLogConfigRequest {
  const EndPoints = (properties.EndPoints as GivenEnd[]).map(
    ({ StreamType, KinesisStreamConfig: { RoleArn: RoleARN, StreamArn: StreamARN } }): EndPoint => ({
      StreamType,
      KinesisStreamConfig: { RoleARN, StreamARN },
    }),
  );
  return {
    Name: String(properties.Name),
    SamplingRate: Number(properties.SamplingRate),
    Fields: properties.Fields as string[],
    EndPoints,
  };
}

const made = (ARN = '') => ({ id: ARN, attributes: { Arn: ARN } });

export const realtimeLogConfig: ResourceType = {
  async create(properties, scope) {
    const { cloudfront } = scope.aws;
    const input = inputOf(properties);
    await madeOnce('RealtimeLogConfigAlreadyExists', scope, cloudfront.CreateRealtimeLogConfig(input));
    return made((await cloudfront.GetRealtimeLogConfig({ Name: input.Name })).RealtimeLogConfig?.ARN);
  },
  async update(ARN, properties, _, { aws }) {
    const { Name: __, ...input } = inputOf(properties);
    await aws.cloudfront.UpdateRealtimeLogConfig({ ...input, ARN });
    return made(ARN);
  },
  delete: (ARN, _, { aws }) => isGone(GONE, aws.cloudfront.DeleteRealtimeLogConfig({ ARN })),
  async read(ARN, _, { aws }) {
    const found = (await ifThere(GONE, aws.cloudfront.GetRealtimeLogConfig({ ARN })))?.RealtimeLogConfig;
    if (found === undefined) return undefined;
    const EndPoints = found.EndPoints.map(({ StreamType, KinesisStreamConfig: stream }) => ({
      StreamType,
      KinesisStreamConfig: { RoleArn: stream?.RoleARN, StreamArn: stream?.StreamARN },
    }));
    return { Name: found.Name, SamplingRate: found.SamplingRate, Fields: found.Fields, EndPoints };
  },
};
