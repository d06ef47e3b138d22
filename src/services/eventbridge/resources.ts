/** EventBridge's types of CloudFormation. */
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import {
  ifThere,
  isGone,
  madeOnce,
  refuseProperties,
  refuseTaken,
  ServiceError,
  tagListOf,
  tagsGone,
  textOf,
} from '#kernel/contract';
import { resources as outward } from './resources-outward.ts';

const GONE = 'ResourceNotFoundException';
type Logs = NonNullable<InputOf<'eventbridge', 'CreateEventBus'>['LogConfig']>;
type Target = NonNullable<InputOf<'eventbridge', 'PutTargets'>['Targets']>[number];

/** A rule of another bus than the default one is `<bus>|<name>`. Source: CloudFormation Template Reference, AWS::Events::Rule, "Return values". */
function ruleOf(id: string): { Name: string; EventBusName?: string } {
  const bar = id.lastIndexOf('|');
  return bar === -1 ? { Name: id } : { Name: id.slice(bar + 1), EventBusName: id.slice(0, bar) };
}

async function retag(
  ResourceARN: string,
  properties: Properties,
  before: Properties,
  scope: ResourceScope,
): Promise<void> {
  const { eventbridge } = scope.aws;
  const TagKeys = tagsGone(properties, before, scope);
  if (TagKeys.length > 0) await eventbridge.UntagResource({ ResourceARN, TagKeys });
  const Tags = tagListOf(properties, scope);
  if (Tags.length > 0) await eventbridge.TagResource({ ResourceARN, Tags });
}

/** An empty one is none. Source: badmintoncryer/cdk-preflight. */
function patternOf({ EventPattern }: Properties): string | undefined {
  const text = textOf(EventPattern);
  return text === '{}' ? undefined : text;
}

const targetsOf = ({ Targets }: Properties) => (Targets ?? []) as Target[];

/** The rule and its targets; those that others have put stay. Source: AWS's own handler of the type (aws-cloudformation-resource-providers-events). */
async function putRule(name: string, properties: Properties, before: Properties, scope: ResourceScope): Promise<Made> {
  const { eventbridge } = scope.aws;
  const EventBusName = textOf(properties.EventBusName);
  const { RuleArn = '' } = await eventbridge.PutRule({
    Name: name,
    EventBusName,
    EventPattern: patternOf(properties),
    ScheduleExpression: textOf(properties.ScheduleExpression),
    State: textOf(properties.State) as 'ENABLED' | 'DISABLED' | undefined,
    Description: textOf(properties.Description),
    RoleArn: textOf(properties.RoleArn),
    Tags: tagListOf(properties, scope),
  });
  const bus = EventBusName?.split('event-bus/').at(-1);
  const id = bus === undefined || bus === 'default' ? name : `${bus}|${name}`;
  scope.begun(id);
  const wanted = targetsOf(properties);
  const gone = targetsOf(before).flatMap(({ Id }) => (wanted.some((one) => one.Id === Id) ? [] : Id));
  if (gone.length > 0) await eventbridge.RemoveTargets({ Rule: name, EventBusName, Ids: gone });
  if (wanted.length > 0) {
    const { FailedEntries = [] } = await eventbridge.PutTargets({ Rule: name, EventBusName, Targets: wanted });
    const [failed] = FailedEntries;
    if (failed !== undefined) throw new ServiceError(failed.ErrorCode ?? '', failed.ErrorMessage ?? '');
  }
  return { id, attributes: { Arn: RuleArn, RuleName: name } };
}

function archiveLooks({ Description, EventPattern, RetentionDays }: Properties) {
  return {
    Description: textOf(Description),
    EventPattern: textOf(EventPattern),
    RetentionDays: RetentionDays === undefined ? undefined : Number(RetentionDays),
  };
}

/** No key is AWS's own, as CDK writes it. */
function refuseKey({ KmsKeyIdentifier: key }: Properties): void {
  if (key !== '') refuseProperties({ KmsKeyIdentifier: key }, ['KmsKeyIdentifier']);
}

export const resources: ResourceTypes = {
  ...outward,
  'AWS::Events::Rule': {
    async create(properties, scope) {
      const Name = textOf(properties.Name) ?? scope.name(64);
      const EventBusName = textOf(properties.EventBusName);
      // Source: cisagov/crossfeed, pull request 2022.
      await refuseTaken(properties.Name, `${Name} already exists`, scope, () =>
        ifThere(GONE, scope.aws.eventbridge.DescribeRule({ Name, EventBusName })),
      );
      return putRule(Name, properties, {}, scope);
    },
    async update(id, properties, before, scope) {
      const made = await putRule(ruleOf(id).Name, properties, before, scope);
      await retag(String(made.attributes.Arn), properties, before, scope);
      return made;
    },
    async delete(id, properties, { aws }) {
      const { Name, EventBusName } = ruleOf(id);
      // A rule with targets of others is not deleted.
      const Ids = targetsOf(properties).map(({ Id }) => Id);
      if (Ids.length > 0) await isGone(GONE, aws.eventbridge.RemoveTargets({ Rule: Name, EventBusName, Ids }));
      await isGone(GONE, aws.eventbridge.DeleteRule({ Name, EventBusName }));
    },
    async read(id, properties, { aws }) {
      const { Name, EventBusName } = ruleOf(id);
      const rule = await ifThere(GONE, aws.eventbridge.DescribeRule({ Name, EventBusName }));
      if (rule === undefined) return undefined;
      const { Targets = [] } = await aws.eventbridge.ListTargetsByRule({ Rule: Name, EventBusName });
      return {
        ...properties,
        ...(rule.EventPattern !== undefined && { EventPattern: JSON.parse(rule.EventPattern) }),
        ...(rule.ScheduleExpression !== undefined && { ScheduleExpression: rule.ScheduleExpression }),
        ...(properties.State !== undefined && { State: rule.State }),
        ...(properties.Description !== undefined && { Description: rule.Description }),
        ...(properties.Targets !== undefined && { Targets }),
      };
    },
  },
  'AWS::Events::EventBus': {
    async create(properties, scope) {
      refuseKey(properties);
      refuseProperties(properties, ['EventSourceName']);
      const Name = textOf(properties.Name) ?? '';
      const making = scope.aws.eventbridge.CreateEventBus({
        Name,
        ...busLooks(properties),
        Tags: tagListOf(properties, scope),
      });
      await madeOnce('ResourceAlreadyExistsException', scope, making);
      return bus(Name, properties, scope);
    },
    async update(Name, properties, before, scope) {
      refuseKey(properties);
      await scope.aws.eventbridge.UpdateEventBus({ Name, ...busLooks(properties, before) });
      const made = await bus(Name, properties, scope);
      await retag(String(made.attributes.Arn), properties, before, scope);
      return made;
    },
    delete: async (Name, _, { aws }) => {
      await aws.eventbridge.DeleteEventBus({ Name });
    },
    async read(Name, properties, { aws }) {
      const found = await ifThere(GONE, aws.eventbridge.DescribeEventBus({ Name }));
      return (
        found && {
          ...properties,
          Name,
          Description: found.Description,
          LogConfig: found.LogConfig,
          DeadLetterConfig: found.DeadLetterConfig,
          Policy: found.Policy === undefined ? undefined : JSON.parse(found.Policy),
          Tags: (await aws.eventbridge.ListTagsForResource({ ResourceARN: found.Arn ?? '' })).Tags,
        }
      );
    },
  },
  'AWS::Events::Archive': {
    async create(properties, scope) {
      refuseKey(properties);
      const { eventbridge } = scope.aws;
      const ArchiveName = textOf(properties.ArchiveName) ?? scope.name(48);
      const EventSourceArn = textOf(properties.SourceArn) ?? '';
      const making = eventbridge.CreateArchive({ ArchiveName, EventSourceArn, ...archiveLooks(properties) });
      await madeOnce('ResourceAlreadyExistsException', scope, making);
      const { ArchiveArn } = await eventbridge.DescribeArchive({ ArchiveName });
      return { id: ArchiveName, attributes: { Arn: ArchiveArn } };
    },
    async update(ArchiveName, properties, before, { aws }) {
      refuseKey(properties);
      const isUndescribed = properties.Description === undefined && before.Description !== undefined;
      const looks = { ...archiveLooks(properties), ...(isUndescribed && { Description: '' }) };
      const made = await aws.eventbridge.UpdateArchive({ ArchiveName, ...looks });
      return { id: ArchiveName, attributes: { Arn: made.ArchiveArn } };
    },
    async read(ArchiveName, properties, { aws }) {
      const found = await ifThere(GONE, aws.eventbridge.DescribeArchive({ ArchiveName }));
      return (
        found && {
          ...properties,
          ...(properties.RetentionDays !== undefined && { RetentionDays: found.RetentionDays }),
          Description: found.Description,
          ...(found.EventPattern !== undefined && { EventPattern: JSON.parse(found.EventPattern) }),
        }
      );
    },
    delete: (ArchiveName, _, { aws }) => isGone(GONE, aws.eventbridge.DeleteArchive({ ArchiveName })),
  },
};

/** Without logs in the template the bus keeps none. */
function busLooks({ Description, DeadLetterConfig, LogConfig }: Properties, before: Properties = {}) {
  const isOff = LogConfig === undefined && before.LogConfig !== undefined;
  return {
    Description: textOf(Description) ?? (before.Description === undefined ? undefined : ''),
    ...(LogConfig !== undefined && { LogConfig: LogConfig as Logs }),
    ...(isOff && { LogConfig: { Level: 'OFF' as const } }),
    ...((DeadLetterConfig !== undefined || before.DeadLetterConfig !== undefined) && {
      DeadLetterConfig: (DeadLetterConfig ?? {}) as { Arn?: string },
    }),
  };
}

async function bus(
  Name: string,
  properties: Properties,
  { aws, partition, region, account }: ResourceScope,
): Promise<Made> {
  const policy = textOf(properties.Policy);
  if (policy !== undefined) await aws.eventbridge.PutPermission({ EventBusName: Name, Policy: policy });
  const Arn = `arn:${partition}:events:${region}:${account}:event-bus/${Name}`;
  return { id: Name, attributes: { Arn, Name, ...(policy !== undefined && { Policy: policy }) } };
}
