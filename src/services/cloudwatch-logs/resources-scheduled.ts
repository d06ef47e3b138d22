/** CloudWatch Logs' type of CloudFormation for scheduled queries. */
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, tagListOf, tagsGone, textOf } from '#kernel/contract';

const GONE = 'ResourceNotFoundException';
const text = (value: unknown) => textOf(value) ?? '';
const numberOf = (value: unknown) => (value === undefined ? undefined : Number(value));

type Input = InputOf<'cloudwatch-logs', 'CreateScheduledQuery'>;
type Destination = { S3Configuration?: { DestinationIdentifier: string; RoleArn: string } };

function inputOf(properties: Properties): Omit<Input, 'name'> {
  const { S3Configuration: s3 } = (properties.DestinationConfiguration ?? {}) as Destination;
  return {
    queryLanguage: text(properties.QueryLanguage) as Input['queryLanguage'],
    queryString: text(properties.QueryString),
    scheduleExpression: text(properties.ScheduleExpression),
    executionRoleArn: text(properties.ExecutionRoleArn),
    description: textOf(properties.Description),
    timezone: textOf(properties.Timezone),
    state: textOf(properties.State) as Input['state'],
    startTimeOffset: numberOf(properties.StartTimeOffset),
    scheduleStartTime: numberOf(properties.ScheduleStartTime),
    scheduleEndTime: numberOf(properties.ScheduleEndTime),
    ...(properties.LogGroupIdentifiers !== undefined && {
      logGroupIdentifiers: (properties.LogGroupIdentifiers as unknown[]).map(text),
    }),
    ...(s3 !== undefined && {
      destinationConfiguration: {
        s3Configuration: { destinationIdentifier: s3.DestinationIdentifier, roleArn: s3.RoleArn },
      },
    }),
  };
}

async function made(identifier: string, { aws }: ResourceScope): Promise<Made> {
  const found = await aws['cloudwatch-logs'].GetScheduledQuery({ identifier });
  return {
    id: found.scheduledQueryArn ?? '',
    attributes: {
      ScheduledQueryArn: found.scheduledQueryArn,
      CreationTime: found.creationTime,
      LastUpdatedTime: found.lastUpdatedTime,
      LastTriggeredTime: found.lastTriggeredTime,
      LastExecutionStatus: found.lastExecutionStatus,
    },
  };
}

export const resources: ResourceTypes = {
  'AWS::Logs::ScheduledQuery': {
    async create(properties, scope) {
      const name = text(properties.Name);
      const tags = Object.fromEntries(tagListOf(properties, scope).map(({ Key, Value }) => [Key, Value]));
      const input = { name, ...inputOf(properties), ...(Object.keys(tags).length > 0 && { tags }) };
      await madeOnce('ConflictException', scope, scope.aws['cloudwatch-logs'].CreateScheduledQuery(input));
      return made(name, scope);
    },
    async update(arn, properties, before, scope) {
      const logs = scope.aws['cloudwatch-logs'];
      await logs.UpdateScheduledQuery({ identifier: arn, ...inputOf(properties) });
      const tagKeys = tagsGone(properties, before, scope);
      if (tagKeys.length > 0) await logs.UntagResource({ resourceArn: arn, tagKeys });
      const tags = Object.fromEntries(tagListOf(properties, scope).map(({ Key, Value }) => [Key, Value]));
      if (Object.keys(tags).length > 0) await logs.TagResource({ resourceArn: arn, tags });
      return made(arn, scope);
    },
    delete: (identifier, _, { aws }) => isGone(GONE, aws['cloudwatch-logs'].DeleteScheduledQuery({ identifier })),
    async read(identifier, properties, { aws }) {
      const found = await ifThere(GONE, aws['cloudwatch-logs'].GetScheduledQuery({ identifier }));
      return (
        found && {
          ...properties,
          QueryString: found.queryString,
          ScheduleExpression: found.scheduleExpression,
          ExecutionRoleArn: found.executionRoleArn,
          ...(properties.State !== undefined && { State: found.state }),
        }
      );
    },
  },
};
