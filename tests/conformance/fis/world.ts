/** What experiments are made with: a role that FIS may assume, a role whose calls are struck, templates. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { CreateExperimentTemplateRequest, Experiment } from '#models/fis';
import type { TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, type FisClient } from './client.ts';

export const MINUTE = 60_000;
export const NO_STOP = [{ source: 'none' }];
export const WAIT = { actionId: 'aws:fis:wait', parameters: { duration: 'PT1M' } };
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/fis`;

export type Template = Omit<CreateExperimentTemplateRequest, 'clientToken'>;

/** A role of any name that whom it trusts may assume. Its ARN. */
export async function makeRole(
  cloud: TestCloud,
  name: string,
  principal: object,
  actions: readonly string[],
  tags: Record<string, string> = {},
  credentials?: object,
): Promise<string> {
  const iam = cloud.client(IAMClient, { ...credentials });
  const policy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: policy({ Principal: principal, Action: 'sts:AssumeRole' }),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  if (actions.length > 0)
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: name,
        PolicyName: 'allowed',
        PolicyDocument: policy({ Action: actions, Resource: '*' }),
      }),
    );
  return Role?.Arn ?? '';
}

/** The experiments' role. */
export function fisRole(cloud: TestCloud, actions: readonly string[] = ['*'], name = 'fis'): Promise<string> {
  return makeRole(cloud, name, { Service: 'fis.amazonaws.com' }, actions);
}

/** Credentials of a role that is the application's: experiments strike its calls. */
export async function application(cloud: TestCloud, name = 'app', tags: Record<string, string> = {}) {
  const arn = await makeRole(cloud, name, { AWS: ACCOUNT }, ['*'], tags);
  const { Credentials } = await cloud
    .client(STSClient)
    .send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'app' }));
  return {
    arn,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  };
}

/** A template of a minute's wait, but for what is given. */
export function template(more: Partial<Template> = {}): Template {
  return { description: 'd', roleArn: ROLE, stopConditions: NO_STOP, actions: { wait: WAIT }, ...more };
}

/** Starts an experiment of a new template, and lets it come as far as it can. */
export async function begin(
  cloud: TestCloud,
  fis: FisClient,
  more: Partial<Template>,
  experimentOptions?: { actionsMode: 'run-all' | 'skip-all' },
): Promise<Experiment & { id: string }> {
  const { experimentTemplate } = await fis.CreateExperimentTemplate(template(more));
  const { experiment } = await fis.StartExperiment({
    experimentTemplateId: experimentTemplate.id ?? '',
    ...(experimentOptions !== undefined && { experimentOptions }),
  });
  await cloud.advance(0);
  return { ...(await fis.GetExperiment({ id: experiment.id ?? '' })).experiment, id: experiment.id ?? '' };
}

/** The states of an experiment and its actions: `running wait=running`. */
export async function stateOf(fis: FisClient, id: string): Promise<string> {
  const { experiment } = await fis.GetExperiment({ id });
  const actions = Object.entries(experiment.actions ?? {}).map(([name, { state }]) => `${name}=${state?.status}`);
  return [experiment.state?.status, ...actions].join(' ');
}
