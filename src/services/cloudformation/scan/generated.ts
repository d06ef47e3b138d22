/** Generated templates: of things that are there, for stacks that import them. */
import type { Ctx, Handler, InputOf } from '#kernel/contract';
import { signalOf } from '../domain/events.ts';
import { findStack } from '../domain/find.ts';
import { parseTemplate } from '../domain/parse.ts';
import { textOf } from '../domain/texts.ts';
import { generatedAtWork, generatedExists, invalid, noSuchGenerated, quotaReached, tooManyAtWork } from '../errors.ts';
import { GENERATED_AT_WORK_MAX, GENERATED_MAX, LINGER, RESOURCES_MAX, STACKS_LISTED_MAX } from '../limits.ts';
import { idOf } from './read.ts';
import { type Detail, type GeneratedRow, generated } from './state.ts';
import { templateOf, yamlOf } from './template.ts';

type Definitions = NonNullable<InputOf<'cloudformation', 'CreateGeneratedTemplate'>['Resources']>;

export const createGeneratedTemplate: Handler<'cloudformation', 'CreateGeneratedTemplate'> = (input, ctx) => {
  const { GeneratedTemplateName: name, TemplateConfiguration: configuration = {}, Resources = [] } = input;
  checkName(name, ctx);
  const all = ctx.store.list(generated, { limit: GENERATED_MAX });
  if (all.length >= GENERATED_MAX) throw quotaReached();
  if (all.filter(isAtWork).length >= GENERATED_AT_WORK_MAX) throw tooManyAtWork();
  const stack = input.StackName === undefined ? undefined : findStack(input.StackName, ctx);
  const id = `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:generatedTemplate/${ctx.uuid()}`;
  ctx.store.put(generated, {
    id,
    name,
    status: 'CREATE_PENDING',
    createdAt: ctx.now,
    updatedAt: ctx.now,
    ...(stack !== undefined && { stackId: stack.id }),
    deletion: configuration.DeletionPolicy ?? 'RETAIN',
    replace: configuration.UpdateReplacePolicy ?? 'RETAIN',
    resources: added([], Resources, ctx),
    pass: ctx.pass(),
  });
  ctx.start('generate', id, { id });
  return { GeneratedTemplateId: id };
};

const isAtWork = ({ status }: GeneratedRow) => /_(PENDING|IN_PROGRESS)$/.test(status);

/** @throws {ServiceError} GeneratedTemplateNotFoundException, ConcurrentResourcesLimitExceededException */
function findAtRest(name: string, ctx: Ctx): GeneratedRow {
  const row = findGenerated(name, ctx);
  if (isAtWork(row)) throw generatedAtWork(name);
  return row;
}

function checkName(name: string, ctx: Ctx): void {
  if (ctx.store.first(generated, { index: 'byName', where: { name } }) !== undefined) throw generatedExists(name);
}

/** @throws {ServiceError} ValidationError for a name that is taken, or too many resources */
function added(before: readonly Detail[], given: Definitions, ctx: Ctx): Detail[] {
  const all = [...before];
  for (const { ResourceType: type, LogicalResourceId, ResourceIdentifier: identifier } of given) {
    const logicalId = LogicalResourceId ?? nameFor(type, idOf(identifier), ctx);
    if (all.some((one) => one.logicalId === logicalId))
      throw invalid(`The logical id ${logicalId} is used more than once.`);
    all.push({ type, logicalId, identifier: { ...identifier }, status: 'PENDING', unread: [] });
  }
  if (all.length > RESOURCES_MAX) throw invalid(`A generated template has at most ${RESOURCES_MAX} resources.`);
  return all;
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `SQSQueue00jobs00x7Kq2`: the type, the end of the name, and some letters. */
function nameFor(type: string, id: string, ctx: Ctx): string {
  const end = id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf(':')) + 1).replace(/[^A-Za-z0-9]/g, '');
  const letters = Array.from({ length: 5 }, () => LETTERS[ctx.random.below(LETTERS.length)]).join('');
  return `${type.split('::').slice(1).join('')}00${end.slice(0, 100)}00${letters}`;
}

/** By its name or its ARN. @throws {ServiceError} GeneratedTemplateNotFoundException */
function findGenerated(name: string, ctx: Ctx): GeneratedRow {
  const row = name.startsWith('arn:')
    ? ctx.store.get(generated, { id: name })
    : ctx.store.first(generated, { index: 'byName', where: { name } });
  if (row === undefined) throw noSuchGenerated(name);
  return row;
}

export const updateGeneratedTemplate: Handler<'cloudformation', 'UpdateGeneratedTemplate'> = (input, ctx) => {
  const { reason: _, ...row } = findAtRest(input.GeneratedTemplateName, ctx);
  const { NewGeneratedTemplateName: name = row.name, TemplateConfiguration: configuration = {} } = input;
  if (name !== row.name) checkName(name, ctx);
  const gone = new Set(input.RemoveResources);
  const unknown = [...gone].filter((one) => !row.resources.some(({ logicalId }) => logicalId === one));
  if (unknown.length > 0) throw invalid(`The generated template has no resources: [${unknown.join(', ')}]`);
  const kept = row.resources.filter(({ logicalId }) => !gone.has(logicalId));
  const refreshed =
    input.RefreshAllResources === true ? kept.map((one) => ({ ...one, status: 'PENDING' as const })) : kept;
  ctx.store.put(generated, {
    ...row,
    name,
    status: 'UPDATE_PENDING',
    updatedAt: ctx.now,
    deletion: configuration.DeletionPolicy ?? row.deletion,
    replace: configuration.UpdateReplacePolicy ?? row.replace,
    resources: added(refreshed, input.AddResources ?? [], ctx),
    pass: ctx.pass(),
  });
  ctx.start('generate', row.id, { id: row.id });
  return { GeneratedTemplateId: row.id };
};

export const deleteGeneratedTemplate: Handler<'cloudformation', 'DeleteGeneratedTemplate'> = (input, ctx) => {
  ctx.store.delete(generated, findAtRest(input.GeneratedTemplateName, ctx));
  return {};
};

/** The template as it is once nothing is read any more. */
async function ended(name: string, ctx: Ctx): Promise<GeneratedRow> {
  const { id, status } = findGenerated(name, ctx);
  if (status.endsWith('_PENDING')) await ctx.linger(signalOf(id), LINGER);
  return findGenerated(id, ctx);
}

export const describeGeneratedTemplate: Handler<'cloudformation', 'DescribeGeneratedTemplate'> = async (input, ctx) => {
  const row = await ended(input.GeneratedTemplateName, ctx);
  const count = (status: Detail['status']) => row.resources.filter((one) => one.status === status).length;
  return {
    GeneratedTemplateId: row.id,
    GeneratedTemplateName: row.name,
    Status: row.status,
    ...reasonOf(row),
    CreationTime: row.createdAt,
    LastUpdatedTime: row.updatedAt,
    Resources: row.resources.map(shown),
    Progress: {
      ResourcesSucceeded: count('COMPLETE'),
      ResourcesFailed: count('FAILED'),
      ResourcesProcessing: count('IN_PROGRESS'),
      ResourcesPending: count('PENDING'),
    },
    ...(row.stackId !== undefined && { StackId: row.stackId }),
    TemplateConfiguration: { DeletionPolicy: row.deletion, UpdateReplacePolicy: row.replace },
    TotalWarnings: row.resources.filter(({ unread }) => unread.length > 0).length,
  };
};

/** What is told of a resource that is in the template. Source: AWS CLI Command Reference, examples of describe-generated-template. */
const DONE: ReadonlyMap<string, string> = new Map([['COMPLETE', 'Resource Template complete']]);

function reasonOf({ status, reason = status === 'COMPLETE' ? 'All resources complete' : undefined }: GeneratedRow) {
  return reason === undefined ? {} : { StatusReason: reason };
}

/** What is required and can't be read back has to be written by hand. */
function shown({ type, logicalId, identifier, status, reason = DONE.get(status), unread }: Detail) {
  const Properties = unread.map((PropertyPath) => ({ PropertyPath, Required: true }));
  return {
    ResourceType: type,
    LogicalResourceId: logicalId,
    ResourceIdentifier: identifier,
    ResourceStatus: status,
    ...(reason !== undefined && { ResourceStatusReason: reason }),
    Warnings: unread.length === 0 ? [] : [{ Type: 'UNSUPPORTED_PROPERTIES' as const, Properties }],
  };
}

export const getGeneratedTemplate: Handler<'cloudformation', 'GetGeneratedTemplate'> = async (input, ctx) => {
  const row = await ended(input.GeneratedTemplateName, ctx);
  const { source } = row.stackId === undefined ? {} : findStack(row.stackId, ctx);
  const base = source === undefined ? undefined : parseTemplate(await textOf(source.template, ctx));
  const template = templateOf(row, base);
  const TemplateBody = input.Format === 'YAML' ? yamlOf(template).trimStart() : JSON.stringify(template);
  return { Status: row.status, ...(row.status === 'COMPLETE' && { TemplateBody }) };
};

export const listGeneratedTemplates: Handler<'cloudformation', 'ListGeneratedTemplates'> = (input, ctx) => {
  const limit = input.MaxResults ?? STACKS_LISTED_MAX;
  const after = input.NextToken === undefined ? undefined : { name: input.NextToken };
  const rows = ctx.store.list(generated, { index: 'byName', after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  return {
    Summaries: page.map((row) => ({
      GeneratedTemplateId: row.id,
      GeneratedTemplateName: row.name,
      Status: row.status,
      ...reasonOf(row),
      CreationTime: row.createdAt,
      LastUpdatedTime: row.updatedAt,
      NumberOfResources: row.resources.length,
    })),
    ...(rows.length > limit && { NextToken: page.at(-1)?.name }),
  };
};
