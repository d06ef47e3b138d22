/**
 * Reference architectures: each a folder with a page, a template that AWS takes unchanged, and an exercise that loads and breaks what the template made,
 * and measures what the architecture promises.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Aws } from '#kernel/contract';
import type { FaultRule } from '#kernel/faults';
import { factsOf } from '#kernel/gateway';
import { ConfigError, MissingError } from './config.ts';
import { quietLog } from './log.ts';
import { type Server, startServer } from './server.ts';
import { type Visit, type Visited, Visitor } from './visit.ts';

const ARCHITECTURES = join(import.meta.dirname, '../../architectures');
const REGION = 'us-east-1';
const ACCOUNT = '123456789012';
/** Where virtual time begins. */
const START = Date.UTC(2026, 0, 1);

/** So slow that the clock runs, and rates count, but gets nowhere by itself. */
const STANDING = 1e-9;

/** What an exercise works with. */
export type Stage = {
  readonly account: string;
  readonly region: string;
  /** Where the cloud answers. */
  readonly url: string;
  /** The architecture's folder. */
  readonly folder: string;
  /** The stack's outputs. */
  readonly outputs: Readonly<Record<string, string>>;
  /** In CI: the same, with less load. */
  readonly short: boolean;
  now(): number;
  /** Calls as the root of an account. */
  aws(account?: string, region?: string): Aws;
  /** Calls with credentials that the cloud has given out. */
  as(accessKeyId: string): Aws;
  /** Asks an address of the cloud, by the name that it has on AWS. */
  visit(address: string, visit?: Visit): Promise<Visited>;
  /** Moves the clock on; resolves when everything due on the way has happened. */
  advance(millis: number): Promise<void>;
  /** Resolves when all consequences of what was done so far have happened. */
  settle(): Promise<void>;
  /** Breaks something until it is mended. */
  fault(rule: FaultRule): void;
  mend(id: string): void;
  /** A line of progress. */
  say(text: string): void;
};

/** One promise of an architecture, and what was seen of it. */
export type Measure = { promise: string; measured: string; kept: boolean };

export type Exercise = {
  /** Values of the template's parameters. */
  parameters?: Record<string, string>;
  /** Before the stack is made: what the template takes for granted. */
  prepare?(stage: Stage): Promise<void>;
  run(stage: Stage): Promise<Measure[]>;
};

export type Architecture = { id: string; title: string; folder: string };
export type Report = { id: string; title: string; deployed: number; measures: Measure[]; kept: boolean };

/** Every architecture, by number. */
export function listArchitectures(): Architecture[] {
  return readdirSync(ARCHITECTURES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^a\d+-/.test(entry.name))
    .map(({ name }) => {
      const folder = join(ARCHITECTURES, name);
      const title = /^# (.*)$/m.exec(readFileSync(join(folder, 'README.md'), 'utf8'))?.[1] ?? name;
      return { id: (name.split('-')[0] ?? '').toUpperCase(), title, folder };
    })
    .toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
}

/**
 * Deploys an architecture into a cloud of its own, exercises it, and takes it down.
 *
 * @param say hears how far it is
 * @throws {MissingError} there is no such architecture
 */
export async function runArchitecture(id: string, short: boolean, say: (text: string) => void): Promise<Report> {
  const found = listArchitectures().find((one) => one.id === id.toUpperCase());
  if (found === undefined)
    throw new MissingError(
      `There is no architecture ${id}. There are ${listArchitectures()
        .map((one) => one.id)
        .join(', ')}.`,
    );
  const { exercise } = (await import(pathToFileURL(exerciseOf(found.folder)).href)) as { exercise: Exercise };
  const failures: string[] = [];
  const server = await startServer(
    { port: 0, clock: 'virtual', startAt: START, seed: '1', tls: true },
    quietLog((text) => failures.push(text)),
  );
  const visitor = new Visitor(server.port, server.authority?.pem);
  try {
    const stage = stageOf(server, visitor, found.folder, short, say);
    await exercise.prepare?.(stage);
    say('deploying the template');
    const began = process.hrtime.bigint();
    const template = readFileSync(join(found.folder, 'template.yaml'), 'utf8');
    const outputs = await deploy(server, stage, template, exercise).catch((error: Error) => {
      throw new ConfigError([error.message, ...failures].join('\n'));
    });
    const deployed = Number((process.hrtime.bigint() - began) / 1_000_000n);
    say(`deployed in ${deployed} ms`);
    server.cloud.kernel.clock.run(STANDING);
    const measures = await exercise.run({ ...stage, outputs });
    say('taking the stack down');
    measures.push(await takeDown(stage));
    measures.push({
      promise: 'nothing fails inside the cloud',
      measured: failures[0] ?? 'nothing',
      kept: failures.length === 0,
    });
    return { id: found.id, title: found.title, deployed, measures, kept: measures.every(({ kept }) => kept) };
  } finally {
    visitor.close();
    await server.close();
  }
}

/** Published packages have it compiled. */
function exerciseOf(folder: string): string {
  const source = join(folder, 'exercise.ts');
  return existsSync(source) ? source : join(folder, 'exercise.js');
}

function stageOf(server: Server, visitor: Visitor, folder: string, short: boolean, say: Stage['say']): Stage {
  const { cloud } = server;
  const { kernel } = cloud;
  return {
    account: ACCOUNT,
    region: REGION,
    url: server.url,
    folder,
    outputs: {},
    short,
    now: () => kernel.clock.now(),
    aws: (account = ACCOUNT, region = REGION) => cloud.aws(account, region),
    as(accessKeyId) {
      const credential = kernel.directory.credential(accessKeyId);
      if (credential === undefined) throw new ConfigError(`There is no access key ${accessKeyId}.`);
      const { principal, session } = credential;
      const caller = { principal, accessKeyId, sourceIp: '127.0.0.1', userAgent: 'cloudyard', secure: false };
      return kernel.aws(() => factsOf(caller, session, REGION));
    },
    visit: (address, visit) => visitor.visit(address, visit),
    advance: (millis) => kernel.clock.advance(millis),
    settle: () => cloud.settle(),
    fault: (rule) => kernel.faults.put(rule),
    mend: (id) => kernel.faults.remove(id),
    say,
  };
}

const STACK = 'architecture';

async function deploy(
  server: Server,
  stage: Stage,
  template: string,
  { parameters = {} }: Exercise,
): Promise<Record<string, string>> {
  const { cloudformation } = stage.aws();
  await cloudformation.CreateStack({
    StackName: STACK,
    TemplateBody: template,
    Capabilities: ['CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
  });
  await server.cloud.settle();
  const { Stacks = [] } = await cloudformation.DescribeStacks({ StackName: STACK });
  const [stack] = Stacks;
  if (stack?.StackStatus !== 'CREATE_COMPLETE')
    throw new ConfigError(`The template was not deployed (${stack?.StackStatus}): ${await whyFailed(stage)}`);
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

async function whyFailed(stage: Stage): Promise<string> {
  const { StackEvents = [] } = await stage.aws().cloudformation.DescribeStackEvents({ StackName: STACK });
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED') === true);
  return failed
    .map(({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason}`)
    .join('; ');
}

async function takeDown(stage: Stage): Promise<Measure> {
  const { cloudformation } = stage.aws();
  const { Stacks = [] } = await cloudformation.DescribeStacks({ StackName: STACK });
  await cloudformation.DeleteStack({ StackName: STACK });
  await stage.settle();
  const gone = await cloudformation.DescribeStacks({ StackName: Stacks[0]?.StackId });
  const status = gone.Stacks?.[0]?.StackStatus ?? 'unknown';
  return { promise: 'the stack goes without a trace', measured: status, kept: status === 'DELETE_COMPLETE' };
}
