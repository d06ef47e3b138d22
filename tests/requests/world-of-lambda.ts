/** Lambda's world: a function with a version, an alias, an address and configurations of every kind; a layer; a mapping. */
import type { Furnish } from './world.ts';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

function allow(fields: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });
}

export const lambda: Furnish = async ({ iam, lambda: own, sqs }) => {
  const Role = `arn:aws:iam::${ACCOUNT}:role/works`;
  const FunctionName = 'f';
  const FunctionArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${FunctionName}`;
  await iam.CreateRole({
    RoleName: 'works',
    AssumeRolePolicyDocument: allow({ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  });
  await iam.PutRolePolicy({
    RoleName: 'works',
    PolicyName: 'all',
    PolicyDocument: allow({ Action: '*', Resource: '*' }),
  });
  // Never unpacked: the engine is a simulated one.
  const ZipFile = Buffer.from('archive');
  const { LayerVersionArn, LayerArn } = await own.PublishLayerVersion({ LayerName: 'words', Content: { ZipFile } });
  await own.AddLayerVersionPermission({
    LayerName: 'words',
    VersionNumber: 1,
    StatementId: 'all',
    Action: 'lambda:GetLayerVersion',
    Principal: '*',
  });
  await own.CreateFunction({
    FunctionName,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role,
    Code: { ZipFile },
    Layers: [LayerVersionArn ?? ''],
  });
  await own.PublishVersion({ FunctionName });
  await own.CreateAlias({ FunctionName, Name: 'live', FunctionVersion: '1' });
  await own.AddPermission({
    FunctionName,
    StatementId: 'theirs',
    Action: 'lambda:InvokeFunction',
    Principal: '999999999999',
  });
  await own.CreateFunctionUrlConfig({ FunctionName, AuthType: 'NONE' });
  await own.PutFunctionEventInvokeConfig({ FunctionName, MaximumRetryAttempts: 1 });
  await own.PutFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 10 });
  await own.PutProvisionedConcurrencyConfig({ FunctionName, Qualifier: 'live', ProvisionedConcurrentExecutions: 1 });
  const publishers = [`arn:aws:signer:${REGION}:${ACCOUNT}:/signing-profiles/p/0123456789`];
  const { CodeSigningConfig } = await own.CreateCodeSigningConfig({
    AllowedPublishers: { SigningProfileVersionArns: publishers },
  });
  await sqs.CreateQueue({ QueueName: 'jobs' });
  await sqs.CreateQueue({ QueueName: 'more' });
  const queue = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  const { UUID, EventSourceMappingArn } = await own.CreateEventSourceMapping({
    FunctionName,
    EventSourceArn: queue('jobs'),
  });
  const durable = await executions(own, Role, ZipFile);
  return {
    ...durable,
    FunctionName: [FunctionName, FunctionArn],
    'CreateFunctionRequest.FunctionName': ['new', FunctionName],
    Qualifier: ['live', '1'],
    FunctionVersion: ['1', '$LATEST'],
    Name: ['live', 'new'],
    Role: [Role],
    Runtime: ['nodejs24.x', 'python3.12'],
    Layers: [LayerVersionArn],
    LayerName: ['words', LayerArn],
    VersionNumber: [1],
    'GetLayerVersionByArnRequest.Arn': [LayerVersionArn],
    StatementId: ['theirs', 'all', 'new'],
    Principal: ['999999999999', '*', 's3.amazonaws.com'],
    Action: ['lambda:InvokeFunction', 'lambda:GetLayerVersion'],
    Resource: [FunctionArn, EventSourceMappingArn],
    ResourceArn: [FunctionArn],
    Policy: [allow({ Principal: '*', Action: 'lambda:InvokeFunction', Resource: FunctionArn })],
    UUID: [UUID],
    EventSourceArn: [queue('more'), queue('jobs')],
    BatchSize: [1, 10],
    Pattern: ['{"body":{"a":[1]}}', '{"a":1}'],
    Destination: [queue('more')],
    TargetArn: [queue('more')],
    CodeSigningConfigArn: [CodeSigningConfig?.CodeSigningConfigArn],
    SigningProfileVersionArns: publishers,
    Payload: [Buffer.from('{"a":1}')],
    ZipFile: [ZipFile],
  };
};

/** A durable function with an execution that waits for its first invocation's end. */
async function executions(own: Parameters<Furnish>[0]['lambda'], Role: string, ZipFile: Uint8Array) {
  await own.CreateFunction({
    FunctionName: 'd',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role,
    Code: { ZipFile },
    DurableConfig: { ExecutionTimeout: 600 },
  });
  const asked = { FunctionName: 'd', Qualifier: '$LATEST', InvocationType: 'Event' as const };
  const { DurableExecutionArn = '' } = await own.Invoke({ ...asked, DurableExecutionName: 'order' });
  return {
    DurableExecutionArn: [DurableExecutionArn],
    DurableExecutionName: ['order', 'another'],
    Statuses: [['RUNNING']],
    ExecutionTimeout: [60],
  };
}
