/**
 * Stacks under crashes and throttles: random templates of several types are made, updated, taken back and removed, and the cloud is killed in the middle of a step. In the end
 * everything is what the last template that came about says, and nothing else is there.
 */
import assert from 'node:assert/strict';
import type { Aws } from '#kernel/contract';
import { type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNT = '123456789012';
const PLACE = 'us-east-1';
const ROUNDS = 14;
const StackName = 's';
/** Which services take their time, so that there is a middle to be killed in. */
const SLOW = ['sqs', 'ssm', 'cloudwatch-logs', 'sns', 'iam', 'ecr'];
/** How often they refuse a call: seldom enough that steps of some ten calls, which are tried seven times, come about. */
const REFUSED = 0.05;

type Resource = { Type: string; Properties: { [name: string]: unknown }; DependsOn?: string[] };
type Template = { [logicalId: string]: Resource };

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const own = { Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }] };

/** How each resource may look; `of` is drawn anew for each template. */
const MENU: { readonly [logicalId: string]: (simulation: Simulation) => Resource } = {
  Queue: (of) => ({
    Type: 'AWS::SQS::Queue',
    Properties: { QueueName: of.pick(['q-a', 'q-b']), DelaySeconds: of.random.below(3) },
  }),
  Unnamed: (of) => ({ Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: of.random.below(3) } }),
  Text: (of) => ({
    Type: 'AWS::SSM::Parameter',
    Properties: { Name: of.pick(['/p-a', '/p-b']), Type: 'String', Value: `text ${of.random.below(3)}` },
  }),
  Group: (of) => ({
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: of.pick(['g-a', 'g-b']), RetentionInDays: of.pick([1, 3, 5]) },
  }),
  Topic: (of) => ({
    Type: 'AWS::SNS::Topic',
    Properties: { TopicName: of.pick(['t-a', 't-b']), DisplayName: of.pick(['x', 'y']) },
  }),
  Role: (of) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: of.pick(['r-a', 'r-b']),
      AssumeRolePolicyDocument: TRUST,
      Description: of.pick(['one', 'two']),
      Policies: of.chance(2) ? [] : [{ PolicyName: 'own', PolicyDocument: own }],
    },
  }),
  Images: (of) => ({
    Type: 'AWS::ECR::Repository',
    Properties: {
      RepositoryName: of.pick(['e-a', 'e-b']),
      ImageTagMutability: of.pick(['MUTABLE', 'IMMUTABLE']),
      ImageScanningConfiguration: { ScanOnPush: of.chance(2) },
    },
  }),
};

/** What fails when it is made. */
const BAD: Resource = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'bad', DelaySeconds: 9_999 } };

function draw(simulation: Simulation): { template: Template; isGood: boolean } {
  const template: Template = {};
  for (const [name, make] of Object.entries(MENU))
    if (simulation.chance(3) === false) template[name] = make(simulation);
  if (template.Queue !== undefined && template.Text !== undefined && simulation.chance(2))
    template.Text.Properties.Value = { 'Fn::GetAtt': ['Queue', 'Arn'] };
  if (template.Role !== undefined && template.Group !== undefined) template.Role.DependsOn = ['Group'];
  if (Object.keys(template).length === 0) template.Unnamed = { Type: 'AWS::SQS::Queue', Properties: {} };
  const isGood = !simulation.chance(4);
  // After the others, so that there is something to take back.
  if (!isGood) template.Bad = { ...BAD, DependsOn: Object.keys(template) };
  return { template, isGood };
}

/** What is there of a template, in the words of `found`. */
function expected(template: Template | undefined): string[] {
  const lines = Object.entries(template ?? {}).map(([name, { Properties: p }]) => {
    if (name === 'Queue') return `queue ${p.QueueName} ${p.DelaySeconds}`;
    if (name === 'Unnamed') return `queue unnamed ${p.DelaySeconds ?? 0}`;
    if (name === 'Text') {
      const { QueueName } = template?.Queue?.Properties ?? {};
      const value = typeof p.Value === 'string' ? p.Value : `arn:aws:sqs:${PLACE}:${ACCOUNT}:${QueueName}`;
      return `parameter ${p.Name} ${value}`;
    }
    if (name === 'Group') return `group ${p.LogGroupName} ${p.RetentionInDays}`;
    if (name === 'Topic') return `topic ${p.TopicName} ${p.DisplayName}`;
    if (name === 'Role') return `role ${p.RoleName} ${p.Description} ${(p.Policies as object[]).length}`;
    const { ScanOnPush } = p.ImageScanningConfiguration as { ScanOnPush: boolean };
    return `repository ${p.RepositoryName} ${p.ImageTagMutability} ${ScanOnPush}`;
  });
  return lines.toSorted();
}

/** Everything that is there, whoever made it. */
async function found(aws: Aws): Promise<string[]> {
  const lines: string[] = [];
  for (const QueueUrl of (await aws.sqs.ListQueues({})).QueueUrls ?? []) {
    const { Attributes } = await aws.sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['DelaySeconds'] });
    const name = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
    lines.push(`queue ${name.startsWith('s-Unnamed-') ? 'unnamed' : name} ${Attributes?.DelaySeconds}`);
  }
  for (const { Name, Value } of (await aws.ssm.GetParametersByPath({ Path: '/' })).Parameters ?? [])
    lines.push(`parameter ${Name} ${Value}`);
  for (const { logGroupName, retentionInDays } of (await aws['cloudwatch-logs'].DescribeLogGroups({})).logGroups ?? [])
    lines.push(`group ${logGroupName} ${retentionInDays}`);
  for (const { TopicArn = '' } of (await aws.sns.ListTopics({})).Topics ?? []) {
    const { Attributes } = await aws.sns.GetTopicAttributes({ TopicArn });
    lines.push(`topic ${TopicArn.slice(TopicArn.lastIndexOf(':') + 1)} ${Attributes?.DisplayName}`);
  }
  for (const { RoleName, Description } of (await aws.iam.ListRoles({})).Roles) {
    const { PolicyNames } = await aws.iam.ListRolePolicies({ RoleName });
    lines.push(`role ${RoleName} ${Description} ${PolicyNames.length}`);
  }
  for (const one of (await aws.ecr.DescribeRepositories({})).repositories ?? [])
    lines.push(
      `repository ${one.repositoryName} ${one.imageTagMutability} ${one.imageScanningConfiguration?.scanOnPush}`,
    );
  return lines.toSorted();
}

simulate('tests/sim/cloudformation.test.ts', 4, async (simulation) => {
  const aws = () => simulation.cloud.aws(ACCOUNT, PLACE);
  const slow = () => {
    if (simulation.cloud.kernel.faults.list().length > 0) return;
    for (const service of SLOW) {
      simulation.fault({ service, effect: { kind: 'latency', millis: 1_000 } });
      simulation.fault({ service, probability: REFUSED, effect: { kind: simulation.pick(['throttle', 'internal']) } });
    }
  };
  let stackId: string | undefined;
  const statusOf = async () => {
    const { Stacks = [] } = await aws().cloudformation.DescribeStacks({ StackName: stackId ?? StackName });
    return Stacks[0]?.StackStatus ?? '';
  };
  let good: Template | undefined;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { template, isGood } = draw(simulation);
    const TemplateBody = JSON.stringify({ Resources: template });
    const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
    const isGone = good !== undefined && simulation.chance(5);
    const what = good === undefined ? 'create' : isGone ? 'delete' : 'update';
    simulation.note(what, template);
    slow();
    if (what === 'create')
      stackId = (await aws().cloudformation.CreateStack({ StackName, TemplateBody, Capabilities })).StackId;
    else if (what === 'delete') await aws().cloudformation.DeleteStack({ StackName });
    else if (!(await updated(aws(), TemplateBody))) continue;
    await simulation.cloud.kernel.store.durable();
    let status = await statusOf();
    for (let turns = 0; status.endsWith('_IN_PROGRESS'); turns += 1) {
      assert.ok(turns < 300, `${what} comes to an end`);
      await simulation.advance(500 + simulation.random.below(3_000));
      if (simulation.chance(3)) {
        await simulation.crash();
        slow();
      }
      status = await statusOf();
    }
    simulation.mend();
    simulation.note(status);
    const isDone = status === `${what.toUpperCase()}_COMPLETE`;
    assert.equal(isDone, what === 'delete' || isGood, `${what} of a ${isGood ? 'good' : 'bad'} template: ${status}`);
    if (isDone) good = what === 'delete' ? undefined : template;
    else if (what === 'create') await removed(aws(), simulation);
    const there = await found(aws());
    simulation.note(there);
    assert.deepEqual(there, expected(good), `after ${what}, ${status}`);
    // A queue's name is free again after a minute.
    await simulation.advance(61_000);
  }
});

/** False where nothing is to be changed. */
async function updated({ cloudformation }: Aws, TemplateBody: string): Promise<boolean> {
  try {
    await cloudformation.UpdateStack({ StackName, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message === 'No updates are to be performed.') return false;
    throw error;
  }
}

/** A stack that did not come about is only there to be looked at. */
async function removed({ cloudformation }: Aws, simulation: Simulation): Promise<void> {
  await cloudformation.DeleteStack({ StackName });
  await simulation.advance(1_000);
}
