/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Fault Injection Service"; FIS User Guide, policy examples. */
import { type Access, type AccessRules, type Ctx, passing } from '#kernel/contract';
import { arnOf } from './domain/find.ts';
import { experiments, templates } from './state.ts';

type Tags = { readonly [key: string]: string };

const given = (tags: Tags | undefined) => ({
  ...Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  ...(tags !== undefined && { 'aws:TagKeys': Object.keys(tags) }),
});
const held = (tags: Tags | undefined) =>
  Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

const onTemplate = (action: string, id: string, ctx: Ctx): Access => ({
  action: `fis:${action}`,
  resource: arnOf('experiment-template', id, ctx),
  context: () => held(ctx.store.get(templates, { id })?.tags),
});
const onExperiment = (action: string, id: string, ctx: Ctx): Access => ({
  action: `fis:${action}`,
  resource: arnOf('experiment', id, ctx),
  context: () => held(ctx.store.get(experiments, { id })?.tags),
});

/** The actions that a template has. */
const onActions = (
  operation: string,
  actions: { readonly [name: string]: { actionId?: string } } | undefined,
  ctx: Ctx,
) =>
  [...new Set(Object.values(actions ?? {}).map(({ actionId }) => actionId ?? '*'))].map((id) => ({
    action: `fis:${operation}`,
    resource: arnOf('action', id, ctx),
  }));

const passed = (roleArn: string | undefined): Access[] => (roleArn === undefined ? [] : [passing(roleArn, 'fis')]);

const tagging = (tags: Tags | undefined, resource: string): Access[] =>
  tags === undefined ? [] : [{ action: 'fis:TagResource', resource, context: given(tags) }];

const ofTemplate = (action: string) => (input: { experimentTemplateId: string }, ctx: Ctx) =>
  onTemplate(action, input.experimentTemplateId, ctx);
const ofExperiment = (action: string) => (input: { experimentId: string }, ctx: Ctx) =>
  onExperiment(action, input.experimentId, ctx);
const ofAny = (action: string, kind: Parameters<typeof arnOf>[0]) => (_: object, ctx: Ctx) => ({
  action: `fis:${action}`,
  resource: arnOf(kind, '*', ctx),
});
const ofResource = (action: string) => (input: { resourceArn: string; tags?: Tags }, ctx: Ctx) => {
  const id = input.resourceArn.slice(input.resourceArn.lastIndexOf('/') + 1);
  const found = ctx.store.get(templates, { id }) ?? ctx.store.get(experiments, { id });
  const context = () => ({ ...held(found?.tags), ...given(input.tags) });
  return { action: `fis:${action}`, resource: input.resourceArn, context };
};

export const access: AccessRules<'fis'> = {
  CreateExperimentTemplate: (input, ctx) => {
    const resource = arnOf('experiment-template', '*', ctx);
    return [
      { action: 'fis:CreateExperimentTemplate', resource, context: given(input.tags) },
      ...onActions('CreateExperimentTemplate', input.actions, ctx),
      ...tagging(input.tags, resource),
      ...passed(input.roleArn),
    ];
  },
  UpdateExperimentTemplate: (input, ctx) => [
    onTemplate('UpdateExperimentTemplate', input.id, ctx),
    ...onActions('UpdateExperimentTemplate', input.actions, ctx),
    ...passed(input.roleArn),
  ],
  GetExperimentTemplate: (input, ctx) => onTemplate('GetExperimentTemplate', input.id, ctx),
  DeleteExperimentTemplate: (input, ctx) => onTemplate('DeleteExperimentTemplate', input.id, ctx),
  ListExperimentTemplates: ofAny('ListExperimentTemplates', 'experiment-template'),
  // Its role, of another account, is assumed by that of the experiment; nobody passes it.
  CreateTargetAccountConfiguration: ofTemplate('CreateTargetAccountConfiguration'),
  UpdateTargetAccountConfiguration: ofTemplate('UpdateTargetAccountConfiguration'),
  DeleteTargetAccountConfiguration: ofTemplate('DeleteTargetAccountConfiguration'),
  GetTargetAccountConfiguration: ofTemplate('GetTargetAccountConfiguration'),
  ListTargetAccountConfigurations: ofTemplate('ListTargetAccountConfigurations'),
  StartExperiment: (input, ctx) => {
    const resource = arnOf('experiment', '*', ctx);
    return [
      onTemplate('StartExperiment', input.experimentTemplateId, ctx),
      {
        action: 'fis:StartExperiment',
        resource,
        // A template's tags decide of its experiments, too. Source: FIS User Guide, "Example: Use tags to control resource usage".
        context: () => ({
          ...given(input.tags),
          ...held(ctx.store.get(templates, { id: input.experimentTemplateId })?.tags),
        }),
      },
      ...tagging(input.tags, resource),
    ];
  },
  StopExperiment: (input, ctx) => onExperiment('StopExperiment', input.id, ctx),
  GetExperiment: (input, ctx) => onExperiment('GetExperiment', input.id, ctx),
  ListExperiments: ofAny('ListExperiments', 'experiment'),
  ListExperimentResolvedTargets: ofExperiment('ListExperimentResolvedTargets'),
  GetExperimentTargetAccountConfiguration: ofExperiment('GetExperimentTargetAccountConfiguration'),
  ListExperimentTargetAccountConfigurations: ofExperiment('ListExperimentTargetAccountConfigurations'),
  GetAction: (input, ctx) => ({ action: 'fis:GetAction', resource: arnOf('action', input.id, ctx) }),
  ListActions: ofAny('ListActions', 'action'),
  GetSafetyLever: (input, ctx) => ({ action: 'fis:GetSafetyLever', resource: arnOf('safety-lever', input.id, ctx) }),
  UpdateSafetyLeverState: (input, ctx) => ({
    action: 'fis:UpdateSafetyLeverState',
    resource: arnOf('safety-lever', input.id, ctx),
  }),
  TagResource: ofResource('TagResource'),
  UntagResource: ofResource('UntagResource'),
  ListTagsForResource: ofResource('ListTagsForResource'),
};
