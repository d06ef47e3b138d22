/** Lambda: the cost of an operation does not grow with what is stored. */
import { test } from 'node:test';
import type { Aws } from '#kernel/contract';
import { zip } from '../support/functions.ts';
import { ACCOUNT, compare, MANY, name, REGION } from './measured.ts';

const Role = `arn:aws:iam::${ACCOUNT}:role/functions`;
const ZipFile = zip({ bootstrap: '' });
const function_ = { Runtime: 'provided.al2023', Handler: 'x', Role, Code: { ZipFile } } as const;

async function makeRole(aws: Aws): Promise<void> {
  const Statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await aws.iam.CreateRole({ RoleName: 'functions', AssumeRolePolicyDocument });
  const allowed = { Effect: 'Allow', Action: '*', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed });
  await aws.iam.PutRolePolicy({ RoleName: 'functions', PolicyName: 'all', PolicyDocument });
}

test('Lambda: many functions', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0) await makeRole(aws);
      for (let at = from; at < to; at += 1) await aws.lambda.CreateFunction({ ...function_, FunctionName: name(at) });
    },
    {
      CreateFunction: (aws, among, turn) =>
        aws.lambda.CreateFunction({ ...function_, FunctionName: `new-${among}-${turn}` }),
      GetFunction: (aws) => aws.lambda.GetFunction({ FunctionName: name(5) }),
      ListFunctions: (aws) => aws.lambda.ListFunctions({ MaxItems: 5 }),
      UpdateFunctionConfiguration: (aws, among, turn) =>
        aws.lambda.UpdateFunctionConfiguration({ FunctionName: name(5), Description: `${among} ${turn}` }),
      PublishVersion: (aws) => aws.lambda.PublishVersion({ FunctionName: name(5) }),
      PutFunctionConcurrency: (aws) =>
        aws.lambda.PutFunctionConcurrency({ FunctionName: name(5), ReservedConcurrentExecutions: 1 }),
      AddPermission: (aws, among, turn) =>
        aws.lambda.AddPermission({
          FunctionName: `new-${among}-${turn}`,
          StatementId: 's',
          Action: 'lambda:InvokeFunction',
          Principal: 's3.amazonaws.com',
        }),
      GetAccountSettings: (aws) => aws.lambda.GetAccountSettings({}),
      DeleteFunction: (aws, among, turn) => aws.lambda.DeleteFunction({ FunctionName: `new-${among}-${turn}` }),
    },
  );
});

test('Lambda: many mappings, of one function each', async (t) => {
  const queue = (at: number | string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:q-${at}`;
  const ids: string[] = [];
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0) await makeRole(aws);
      for (let at = from; at < to; at += 1) {
        await aws.lambda.CreateFunction({ ...function_, FunctionName: name(at) });
        await aws.sqs.CreateQueue({ QueueName: `q-${at}` });
        const { UUID = '' } = await aws.lambda.CreateEventSourceMapping({
          FunctionName: name(at),
          EventSourceArn: queue(at),
        });
        ids.push(UUID);
      }
    },
    {
      GetEventSourceMapping: (aws) => aws.lambda.GetEventSourceMapping({ UUID: ids[5] ?? '' }),
      ListEventSourceMappings: (aws) => aws.lambda.ListEventSourceMappings({ MaxItems: 5 }),
      'ListEventSourceMappings of both': (aws) =>
        aws.lambda.ListEventSourceMappings({ FunctionName: name(5), EventSourceArn: queue(5) }),
      UpdateEventSourceMapping: (aws, _, turn) =>
        aws.lambda.UpdateEventSourceMapping({ UUID: ids[5] ?? '', BatchSize: 1 + turn }),
    },
  );
});

test('Lambda: a layer with many versions, most of them gone', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      for (let at = from; at < to; at += 1) {
        const { Version = 0 } = await aws.lambda.PublishLayerVersion({ LayerName: 'layer', Content: { ZipFile } });
        if (at > 5 && at < MANY - 5)
          await aws.lambda.DeleteLayerVersion({ LayerName: 'layer', VersionNumber: Version });
      }
    },
    {
      ListLayers: (aws) => aws.lambda.ListLayers({}),
      ListLayerVersions: (aws) => aws.lambda.ListLayerVersions({ LayerName: 'layer', MaxItems: 3 }),
      PublishLayerVersion: (aws) => aws.lambda.PublishLayerVersion({ LayerName: 'layer', Content: { ZipFile } }),
    },
  );
});
