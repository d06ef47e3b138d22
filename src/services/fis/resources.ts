/** FIS's types of CloudFormation. */
import type { Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, refuseProperties, tagsGone, tagsOf, textOf } from '#kernel/contract';
import type { CreateExperimentTemplateRequest, ExperimentTemplate } from '#models/fis';

const GONE = 'ResourceNotFoundException';

type Named = { readonly [name: string]: unknown };

/** Members as the API names them: `ActionId` is `actionId`. */
const lowered = (value: Named) =>
  Object.fromEntries(Object.entries(value).map(([name, one]) => [name.charAt(0).toLowerCase() + name.slice(1), one]));
const raised = (value: object) =>
  Object.fromEntries(Object.entries(value).map(([name, one]) => [name.charAt(0).toUpperCase() + name.slice(1), one]));
/** The same for each of what is named by the template's author. */
const each = (map: unknown, change: (value: Named) => Named) =>
  Object.fromEntries(
    Object.entries((map ?? {}) as { [name: string]: Named }).map(([name, one]) => [name, change(one)]),
  );
const all = (list: unknown, change: (value: Named) => Named) => ((list ?? []) as Named[]).map(change);

const targetOf = (target: Named) => ({
  ...lowered(target),
  ...(target.Filters !== undefined && { filters: all(target.Filters, lowered) }),
});

function logOf(given: unknown) {
  const { logSchemaVersion, ...destinations } = lowered((given ?? {}) as Named);
  return given === undefined
    ? undefined
    : { ...each(destinations, lowered), logSchemaVersion: Number(logSchemaVersion) };
}

type Whole = Omit<CreateExperimentTemplateRequest, 'clientToken' | 'tags'>;

function requestOf(properties: Properties): Whole {
  refuseProperties(properties, ['ExperimentReportConfiguration']);
  const { Description, RoleArn, StopConditions, Targets, Actions, LogConfiguration, ExperimentOptions } = properties;
  const logConfiguration = logOf(LogConfiguration);
  return {
    description: textOf(Description) ?? '',
    roleArn: textOf(RoleArn) ?? '',
    stopConditions: all(StopConditions, lowered),
    targets: each(Targets, targetOf),
    actions: each(Actions, lowered),
    ...(logConfiguration !== undefined && { logConfiguration }),
    ...(ExperimentOptions !== undefined && { experimentOptions: lowered(ExperimentOptions as Named) }),
  } as Whole;
}

/** A template in the form of CloudFormation. */
function propertiesOf({
  experimentOptions = {},
  logConfiguration,
  tags = {},
  ...template
}: ExperimentTemplate): Properties {
  const { logSchemaVersion, ...destinations } = logConfiguration ?? {};
  return {
    Description: template.description,
    RoleArn: template.roleArn,
    StopConditions: all(template.stopConditions, raised),
    Targets: each(template.targets, (target) => ({
      ...raised(target),
      ...(target.filters !== undefined && { Filters: all(target.filters, raised) }),
    })),
    Actions: each(template.actions, raised),
    ExperimentOptions: raised(experimentOptions),
    ...(logConfiguration !== undefined && {
      LogConfiguration: { ...raised(each(destinations, raised)), LogSchemaVersion: logSchemaVersion },
    }),
    ...(Object.keys(tags).length > 0 && { Tags: tags }),
  };
}

const made = (id: string): Made => ({ id, attributes: { Id: id } });

/** An account of a template: `<template>|<account>`. */
const accountOf = ({ ExperimentTemplateId, AccountId }: Properties) => ({
  experimentTemplateId: String(ExperimentTemplateId),
  accountId: String(AccountId),
});
const roleOf = ({ RoleArn, Description }: Properties) => ({
  roleArn: textOf(RoleArn) ?? '',
  ...(Description !== undefined && { description: String(Description) }),
});
const idOf = (properties: Properties): Made => {
  const { experimentTemplateId, accountId } = accountOf(properties);
  return { id: `${experimentTemplateId}|${accountId}`, attributes: {} };
};

export const resources: ResourceTypes = {
  'AWS::FIS::ExperimentTemplate': {
    async create(properties, scope) {
      const { experimentTemplate } = await scope.aws.fis.CreateExperimentTemplate({
        ...requestOf(properties),
        // In a step that is taken up again it is the same template.
        clientToken: scope.name(64),
        tags: tagsOf(properties, scope),
      });
      return made(experimentTemplate?.id ?? '');
    },
    async update(id, properties, before, scope) {
      const { experimentOptions, ...changed } = requestOf(properties);
      const { emptyTargetResolutionMode = 'fail' } = experimentOptions ?? {};
      await scope.aws.fis.UpdateExperimentTemplate({
        ...changed,
        // Without one it has none any more.
        logConfiguration: changed.logConfiguration ?? {},
        experimentOptions: { emptyTargetResolutionMode },
        id,
      });
      await retag(id, properties, before, scope);
      return made(id);
    },
    async delete(id, _, { aws }) {
      await isGone(GONE, aws.fis.DeleteExperimentTemplate({ id }));
    },
    async read(id, _, { aws }) {
      const found = await ifThere(GONE, aws.fis.GetExperimentTemplate({ id }));
      return found?.experimentTemplate === undefined ? undefined : propertiesOf(found.experimentTemplate);
    },
  },
  'AWS::FIS::TargetAccountConfiguration': {
    async create(properties, scope) {
      await scope.aws.fis.CreateTargetAccountConfiguration({
        ...accountOf(properties),
        ...roleOf(properties),
        clientToken: scope.name(64),
      });
      return idOf(properties);
    },
    async update(_, properties, __, { aws }) {
      const { roleArn, description = '' } = roleOf(properties);
      await aws.fis.UpdateTargetAccountConfiguration({ ...accountOf(properties), roleArn, description });
      return idOf(properties);
    },
    async delete(_, properties, { aws }) {
      await isGone(GONE, aws.fis.DeleteTargetAccountConfiguration(accountOf(properties)));
    },
    async read(_, properties, { aws }) {
      const found = await ifThere(GONE, aws.fis.GetTargetAccountConfiguration(accountOf(properties)));
      const { accountId, ...account } = found?.targetAccountConfiguration ?? {};
      return accountId === undefined
        ? undefined
        : { ...raised(account), AccountId: accountId, ExperimentTemplateId: properties.ExperimentTemplateId };
    },
  },
};

/** The stack's tags change where the template's own, which would make it another template, don't. */
async function retag(id: string, properties: Properties, before: Properties, scope: ResourceScope): Promise<void> {
  const { aws, partition, region, account } = scope;
  const resourceArn = `arn:${partition}:fis:${region}:${account}:experiment-template/${id}`;
  const tagKeys = tagsGone(properties, before, scope);
  if (tagKeys.length > 0) await aws.fis.UntagResource({ resourceArn, tagKeys });
  const tags = tagsOf(properties, scope);
  if (Object.keys(tags).length > 0) await aws.fis.TagResource({ resourceArn, tags });
}
