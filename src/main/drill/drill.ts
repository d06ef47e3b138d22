/**
 * Drills: experiments of FIS that are watched. What is seen of calls is kept in memory, so that a drill that outlives the cloud's process goes on with
 * what is seen from then on; the experiment itself outlives it whole.
 */
import type { Millis } from '#kernel/base';
import { type Aws, ServiceError } from '#kernel/contract';
import type { CallRecord } from '#kernel/events';
import { REGIONS } from '#kernel/world';
import type { CreateExperimentTemplateRequest, Experiment } from '#models/fis';
import type { Cloud } from '../cloud.ts';
import { ConfigError, MissingError } from '../config.ts';
import { Calls } from './calls.ts';
import type { Drill } from './going.ts';
import { type DrillReport, reportOf } from './report.ts';
import { deadLetters } from './signs.ts';
import { checkTemplate } from './template.ts';

type Body = Readonly<Record<string, unknown>>;
type Action = { parameters?: Readonly<Record<string, string>> };

/** How far it is: what a person sees while it goes on. */
export type DrillProgress = {
  id: string;
  status: string;
  reason: string;
  endedAt: Millis | null;
  now: Millis;
  actions: { [name: string]: string };
  calls: number;
  refused: { [operation: string]: number };
};

const ROLE = 'cloudyard-drill';
const FIELDS = ['template', 'templateId', 'experimentId', 'account', 'region'];
const TERMINAL = ['completed', 'stopped', 'failed', 'cancelled'];

const drills = new WeakMap<Cloud, Map<string, Drill>>();

/**
 * Starts an experiment, of a template that is there or is given, or watches one that runs.
 *
 * @throws {ConfigError}  for what can't be, or FIS refuses
 * @throws {MissingError} where there is no such template or experiment
 */
export async function startDrill(cloud: Cloud, body: Body): Promise<DrillProgress> {
  const unknown = Object.keys(body).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw new ConfigError(`There is no field '${unknown}'; there are ${FIELDS.join(', ')}.`);
  const account = textOf(body, 'account', /^\d{12}$/, 'a text of 12 digits') ?? '000000000000';
  const region = textOf(body, 'region', /./, 'a Region') ?? 'us-east-1';
  if (!REGIONS.has(region)) throw new ConfigError(`There is no Region '${region}'.`);
  const { template } = body;
  const templateId = textOf(body, 'templateId', /^\S{1,64}$/, "a template's id");
  const experimentId = textOf(body, 'experimentId', /^\S{1,64}$/, "an experiment's id");
  if ([template, templateId, experimentId].filter((one) => one !== undefined).length !== 1)
    throw new ConfigError('Name one of template, templateId and experimentId.');
  const aws = cloud.aws(account, region);
  return asked(async () => {
    const made = template === undefined ? undefined : await makeTemplate(template, aws, cloud);
    const ofTemplate = templateId ?? made ?? '';
    try {
      const actions = await actionsOf(experimentId, ofTemplate, aws);
      const id = () => experimentId ?? start(ofTemplate, aws, cloud);
      const drill = await watch(cloud, id, actions, { account, region, aws, template: made });
      return await progressOf(cloud, drill);
    } catch (error) {
      if (made !== undefined) await aws.fis.DeleteExperimentTemplate({ id: made });
      throw error;
    }
  });
}

/** @throws {MissingError} where this process watches none of that id */
export function findDrill(cloud: Cloud, id: string): Drill {
  const found = drills.get(cloud)?.get(id);
  if (found === undefined) throw new MissingError(`There is no drill ${id}.`);
  return found;
}

/** How far a drill is. */
export async function progressOf(cloud: Cloud, { id, aws, calls }: Drill): Promise<DrillProgress> {
  const { experiment = {} } = await asked(() => aws.fis.GetExperiment({ id }));
  const actions = Object.entries(experiment.actions ?? {}).map(([name, { state }]) => [name, state?.status ?? '']);
  return {
    id,
    status: experiment.state?.status ?? '',
    reason: experiment.state?.reason ?? '',
    endedAt: isOver(experiment) ? (experiment.endTime ?? null) : null,
    now: cloud.kernel.clock.now(),
    actions: Object.fromEntries(actions),
    calls: calls.total,
    refused: Object.fromEntries(
      calls.refused().map(({ service, operation, refused }) => [`${service} ${operation}`, refused]),
    ),
  };
}

/** What it showed so far. */
export function drillReport(cloud: Cloud, drill: Drill): Promise<DrillReport> {
  return reportOf(cloud, drill);
}

/** Ends a drill: an experiment that still goes on is stopped, and a template that was made for it is removed. */
export async function endDrill(cloud: Cloud, { id, aws, template, unlisten }: Drill): Promise<object> {
  unlisten();
  drills.get(cloud)?.delete(id);
  const { experiment = {} } = await asked(() => aws.fis.GetExperiment({ id }));
  if (!isOver(experiment)) await asked(() => aws.fis.StopExperiment({ id }));
  if (template !== undefined) await asked(() => aws.fis.DeleteExperimentTemplate({ id: template }));
  return { ended: id, stopped: !isOver(experiment) };
}

/** Sees what happens before the experiment starts: the first calls that are refused count too, and no Region is dark yet. */
async function watch(
  cloud: Cloud,
  idOf: () => Promise<string> | string,
  actions: readonly Action[],
  more: Pick<Drill, 'account' | 'region' | 'aws' | 'template'>,
): Promise<Drill> {
  const { account, region } = more;
  const darkened = actions.flatMap(({ parameters }) => parameters?.region ?? []);
  const looks = [...new Set([region, ...darkened])].map((where) => ({
    region: where,
    aws: cloud.aws(account, where),
  }));
  const calls = new Calls();
  const { kernel } = cloud;
  const deadBefore = await deadLetters(looks);
  const since = kernel.clock.now();
  const unlisten = kernel.audit.listen((record) => {
    if (!isOwn(record)) calls.add(record);
  });
  try {
    const id = await idOf();
    const ofCloud = drills.get(cloud) ?? new Map<string, Drill>();
    drills.set(cloud, ofCloud);
    ofCloud.get(id)?.unlisten();
    const drill: Drill = { ...more, id, looks, calls, since, deadBefore, unlisten };
    ofCloud.set(id, drill);
    return drill;
  } catch (error) {
    unlisten();
    throw error;
  }
}

async function actionsOf(experiment: string | undefined, template: string, aws: Aws): Promise<Action[]> {
  const { actions = {} } =
    experiment === undefined
      ? ((await aws.fis.GetExperimentTemplate({ id: template })).experimentTemplate ?? {})
      : ((await aws.fis.GetExperiment({ id: experiment })).experiment ?? {});
  return Object.values(actions);
}

async function start(experimentTemplateId: string, aws: Aws, cloud: Cloud): Promise<string> {
  const { experiment } = await aws.fis.StartExperiment({
    clientToken: cloud.kernel.random.stream('admin').uuid(),
    experimentTemplateId,
  });
  return experiment?.id ?? '';
}

async function makeTemplate(given: unknown, aws: Aws, { kernel }: Cloud): Promise<string> {
  checkTemplate(given, (await kernel.catalog.load('fis')).model);
  const template = given as Partial<CreateExperimentTemplateRequest>;
  const { experimentTemplate } = await aws.fis.CreateExperimentTemplate({
    description: 'cloudyard drill',
    stopConditions: [{ source: 'none' }],
    actions: {},
    ...template,
    roleArn: template.roleArn ?? (await ownRole(aws)),
    clientToken: kernel.random.stream('admin').uuid(),
  });
  return experimentTemplate?.id ?? '';
}

/** A role for drills that name none: it may do everything. */
async function ownRole(aws: Aws): Promise<string> {
  const policy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  try {
    await aws.iam.CreateRole({
      RoleName: ROLE,
      Description: 'Made by cloudyard drill, for experiments that name no role',
      AssumeRolePolicyDocument: policy({ Principal: { Service: 'fis.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    });
  } catch (error) {
    if (!(error instanceof ServiceError && error.code.startsWith('EntityAlreadyExists'))) throw error;
  }
  await aws.iam.PutRolePolicy({
    RoleName: ROLE,
    PolicyName: ROLE,
    PolicyDocument: policy({ Action: '*', Resource: '*' }),
  });
  const { Role } = await aws.iam.GetRole({ RoleName: ROLE });
  return Role?.Arn ?? '';
}

/** Calls of the drill itself: of an account's root, from inside the cloud. */
function isOwn({ principalKind, userAgent, sourceIp }: CallRecord): boolean {
  return principalKind === 'root' && userAgent === sourceIp;
}

function isOver({ state }: Experiment): boolean {
  return TERMINAL.includes(state?.status ?? '');
}

/** What FIS refuses, in words for the person who asked. @throws {ConfigError | MissingError} */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'ResourceNotFoundException')
      throw new MissingError(
        `${error.message} 'aws fis list-experiment-templates' shows those of an account and Region.`,
      );
    throw new ConfigError(`FIS refuses it: ${error.message}`);
  }
}

/** @throws {ConfigError} */
function textOf(body: Body, name: string, pattern: RegExp, what: string): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !pattern.test(value)) throw new ConfigError(`${name} should be ${what}.`);
  return value;
}
