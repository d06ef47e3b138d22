/** EventBridge's types of CloudFormation. */
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, refuseProperties, tagListOf, tagsGone, textOf } from '#kernel/contract';

const GONE = 'ResourceNotFoundException';
type Target = NonNullable<InputOf<'eventbridge', 'PutTargets'>['Targets']>[number];

function ruleOf(id: string): { Name: string; EventBusName?: string } {
  const [, rest = ''] = id.split(':rule/');
  const slash = rest.lastIndexOf('/');
  return slash === -1 ? { Name: rest } : { Name: rest.slice(slash + 1), EventBusName: rest.slice(0, slash) };
}

/** The rule, and exactly these targets. */
async function putRule(name: string, properties: Properties, scope: ResourceScope): Promise<Made> {
  const { eventbridge } = scope.aws;
  const EventBusName = textOf(properties.EventBusName);
  const { RuleArn = '' } = await eventbridge.PutRule({
    Name: name,
    EventBusName,
    EventPattern: textOf(properties.EventPattern),
    ScheduleExpression: textOf(properties.ScheduleExpression),
    State: textOf(properties.State) as 'ENABLED' | 'DISABLED' | undefined,
    Description: textOf(properties.Description),
    RoleArn: textOf(properties.RoleArn),
    Tags: tagListOf(properties, scope),
  });
  const wanted = (properties.Targets ?? []) as Target[];
  const { Targets: present = [] } = await eventbridge.ListTargetsByRule({ Rule: name, EventBusName });
  const gone = present.map(({ Id }) => Id).filter((id) => !wanted.some(({ Id }) => Id === id));
  if (gone.length > 0) await eventbridge.RemoveTargets({ Rule: name, EventBusName, Ids: gone });
  if (wanted.length > 0) {
    const { FailedEntries = [] } = await eventbridge.PutTargets({ Rule: name, EventBusName, Targets: wanted });
    const [failed] = FailedEntries;
    if (failed !== undefined)
      refuseProperties({ [`Targets/${failed.TargetId}`]: failed.ErrorMessage }, [`Targets/${failed.TargetId}`]);
  }
  return { id: RuleArn, attributes: { Arn: RuleArn, RuleName: name } };
}

export const resources: ResourceTypes = {
  'AWS::Events::Rule': {
    create: (properties, scope) => putRule(textOf(properties.Name) ?? scope.name(64), properties, scope),
    async update(id, properties, before, scope) {
      const gone = tagsGone(properties, before, scope);
      if (gone.length > 0) await scope.aws.eventbridge.UntagResource({ ResourceARN: id, TagKeys: gone });
      const tags = tagListOf(properties, scope);
      if (tags.length > 0) await scope.aws.eventbridge.TagResource({ ResourceARN: id, Tags: tags });
      return putRule(ruleOf(id).Name, properties, scope);
    },
    async delete(id, _, { aws }) {
      const { Name, EventBusName } = ruleOf(id);
      const found = await ifThere(GONE, aws.eventbridge.ListTargetsByRule({ Rule: Name, EventBusName }));
      const ids = (found?.Targets ?? []).map(({ Id }) => Id);
      if (ids.length > 0) await aws.eventbridge.RemoveTargets({ Rule: Name, EventBusName, Ids: ids });
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
      refuseProperties(properties, ['EventSourceName', 'KmsKeyIdentifier', 'LogConfig']);
      const Name = textOf(properties.Name) ?? '';
      const Description = textOf(properties.Description);
      const making = scope.aws.eventbridge.CreateEventBus({ Name, Description, Tags: tagListOf(properties, scope) });
      await madeOnce('ResourceAlreadyExistsException', scope, making);
      return bus(Name, properties, scope);
    },
    async update(Name, properties, _, scope) {
      await scope.aws.eventbridge.UpdateEventBus({ Name, Description: textOf(properties.Description) });
      return bus(Name, properties, scope);
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
          ...(properties.Description !== undefined && { Description: found.Description }),
        }
      );
    },
  },
  'AWS::Events::Archive': {
    async create(properties, scope) {
      const ArchiveName = textOf(properties.ArchiveName) ?? scope.name(48);
      const made = await scope.aws.eventbridge.CreateArchive({
        ArchiveName,
        EventSourceArn: textOf(properties.SourceArn) ?? '',
        Description: textOf(properties.Description),
        EventPattern: textOf(properties.EventPattern),
        RetentionDays: properties.RetentionDays === undefined ? undefined : Number(properties.RetentionDays),
      });
      return { id: ArchiveName, attributes: { Arn: made.ArchiveArn } };
    },
    async update(ArchiveName, properties, _, { aws }) {
      const made = await aws.eventbridge.UpdateArchive({
        ArchiveName,
        Description: textOf(properties.Description),
        EventPattern: textOf(properties.EventPattern),
        RetentionDays: properties.RetentionDays === undefined ? undefined : Number(properties.RetentionDays),
      });
      return { id: ArchiveName, attributes: { Arn: made.ArchiveArn } };
    },
    delete: (ArchiveName, _, { aws }) => isGone(GONE, aws.eventbridge.DeleteArchive({ ArchiveName })),
  },
};

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
