import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const put = (cloud: TestCloud, Name: string, Value: string, options: Partial<PutParameterCommandInput> = {}) =>
  cloud.client(SSMClient).send(new PutParameterCommand({ Name, Value, Type: 'String', ...options }));

const get = async (cloud: TestCloud, Name: string, WithDecryption = false) =>
  (await cloud.client(SSMClient).send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;

test('a parameter has versions, which are asked for by number and by label', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  assert.deepEqual(await put(cloud, '/app/colour', 'blue').then(({ Version, Tier }) => [Version, Tier]), [
    1,
    'Standard',
  ]);
  const exists = await failure(put(cloud, '/app/colour', 'red'));
  assert.deepEqual(
    [exists.name, exists.message],
    [
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    ],
  );
  await put(cloud, '/app/colour', 'red', { Overwrite: true, Type: undefined });
  const { LastModifiedDate, ...latest } = (await get(cloud, '/app/colour')) ?? {};
  assert.ok(LastModifiedDate);
  assert.deepEqual(latest, {
    Name: '/app/colour',
    Type: 'String',
    Value: 'red',
    Version: 2,
    ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/app/colour',
    DataType: 'text',
  });
  await ssm.send(
    new LabelParameterVersionCommand({ Name: '/app/colour', ParameterVersion: 1, Labels: ['stable', 'aws-no'] }),
  );
  assert.deepEqual(
    [(await get(cloud, '/app/colour:1'))?.Value, (await get(cloud, '/app/colour:stable'))?.Value],
    ['blue', 'blue'],
  );
  assert.equal((await get(cloud, 'arn:aws:ssm:us-east-1:123456789012:parameter/app/colour'))?.Value, 'red');
  const nowhere = await failure(get(cloud, '/app/colour:9'));
  assert.equal(nowhere.name, 'ParameterVersionNotFound');
  assert.equal((await failure(get(cloud, '/app/nothing'))).name, 'ParameterNotFound');
  const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: '/app/colour' }));
  assert.deepEqual(
    Parameters?.map(({ Version, Value, Labels }) => [Version, Value, Labels]),
    [
      [1, 'blue', ['stable']],
      [2, 'red', []],
    ],
  );
});

test('secret values are sealed by KMS, for those who may open them', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, 'secret', 'hush', { Type: 'SecureString' });
  const long = 'x'.repeat(8_000);
  await put(cloud, 'long', long, { Type: 'SecureString', Tier: 'Advanced' });
  assert.notEqual((await get(cloud, 'secret'))?.Value, 'hush');
  assert.equal((await get(cloud, 'secret', true))?.Value, 'hush');
  assert.equal((await get(cloud, 'long', true))?.Value, long);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'reader' }));
  const allowed = { Effect: 'Allow', Action: 'ssm:GetParameter*', Resource: '*' };
  const denied = { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'reader',
      PolicyName: 'reads',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allowed, denied] }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }));
  const reader = cloud.client(SSMClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  const sealed = await reader.send(new GetParameterCommand({ Name: 'secret' }));
  assert.notEqual(sealed.Parameter?.Value, 'hush');
  const error = await failure(reader.send(new GetParameterCommand({ Name: 'secret', WithDecryption: true })));
  assert.equal(error.name, 'AccessDeniedException');
  assert.equal(
    (await failure(reader.send(new PutParameterCommand({ Name: 'x', Value: 'y', Type: 'String' })))).name,
    'AccessDeniedException',
  );
});

test('hierarchies are read by path, page by page', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  for (const name of ['/a/1', '/a/2', '/a/b/3', '/ab/4', 'plain']) await put(cloud, name, name);
  const names = async (Path: string, Recursive: boolean) =>
    (await ssm.send(new GetParametersByPathCommand({ Path, Recursive }))).Parameters?.map(({ Name }) => Name);
  assert.deepEqual(await names('/a', false), ['/a/1', '/a/2']);
  assert.deepEqual(await names('/a/', true), ['/a/1', '/a/2', '/a/b/3']);
  assert.deepEqual(await names('/', true), ['/a/1', '/a/2', '/a/b/3', '/ab/4', 'plain']);
  assert.deepEqual(await names('/', false), ['plain']);
  const first = await ssm.send(new GetParametersByPathCommand({ Path: '/a', Recursive: true, MaxResults: 2 }));
  const rest = await ssm.send(
    new GetParametersByPathCommand({ Path: '/a', Recursive: true, MaxResults: 2, NextToken: first.NextToken }),
  );
  assert.deepEqual([rest.Parameters?.map(({ Name }) => Name), rest.NextToken], [['/a/b/3'], undefined]);
  // More is looked through than is told.
  const root = await ssm.send(new GetParametersByPathCommand({ Path: '/', MaxResults: 1 }));
  const plain = [{ Key: 'Name', Option: 'Contains', Values: ['plain'] }];
  const found = await ssm.send(new DescribeParametersCommand({ ParameterFilters: plain, MaxResults: 1 }));
  for (const { Parameters, NextToken } of [root, found])
    assert.deepEqual([Parameters?.map(({ Name }) => Name), NextToken], [['plain'], undefined]);
  const several = await ssm.send(new GetParametersCommand({ Names: ['plain', '/a/1', 'none', '/a/1:7'] }));
  assert.deepEqual(
    [several.Parameters?.map(({ Name }) => Name), several.InvalidParameters],
    [
      ['/a/1', 'plain'],
      ['none', '/a/1:7'],
    ],
  );
  const described = async (Key: string, Option: string, ...Values: string[]) =>
    (await ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key, Option, Values }] }))).Parameters?.map(
      ({ Name }) => Name,
    );
  assert.deepEqual(await described('Name', 'Contains', 'b'), ['/a/b/3', '/ab/4']);
  assert.deepEqual(await described('Path', 'OneLevel', '/a'), ['/a/1', '/a/2']);
  assert.deepEqual(await described('Path', 'Recursive', '/a', '/ab'), ['/a/1', '/a/2', '/a/b/3', '/ab/4']);
  assert.deepEqual(await described('Path', 'OneLevel', '/'), ['plain']);
  assert.deepEqual(await described('Name', 'Equals', 'plain', '/ab/4', 'none', '/plain'), ['/ab/4', 'plain']);
  const named = [{ Key: 'Name', Values: ['plain', '/ab/4', '/a/1'] }];
  const page = (NextToken?: string) =>
    ssm.send(new DescribeParametersCommand({ ParameterFilters: named, MaxResults: 2, NextToken }));
  const { Parameters: two = [], NextToken: on } = await page();
  const { Parameters: one = [], NextToken: end } = await page(on);
  assert.deepEqual([[...two, ...one].map(({ Name }) => Name), end], [['/a/1', '/ab/4', 'plain'], undefined]);
  const tagged = new DescribeParametersCommand({ ParameterFilters: [{ Key: 'tag:constructor' }] });
  assert.deepEqual((await ssm.send(tagged)).Parameters, []);
  const forged = new GetParameterHistoryCommand({ Name: 'plain', NextToken: 'forged' });
  assert.equal((await failure(ssm.send(forged))).name, 'InvalidNextToken');
  const gone = await ssm.send(new DeleteParametersCommand({ Names: ['/a/1', 'none'] }));
  assert.deepEqual([gone.DeletedParameters, gone.InvalidParameters], [['/a/1'], ['none']]);
});

test('tags, tiers, patterns and expiry', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const expiry = [
    { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: new Date(START + 60_000).toISOString() } },
  ];
  await put(cloud, 'brief', 'v', {
    Tier: 'Advanced',
    Policies: JSON.stringify(expiry),
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  await ssm.send(
    new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: 'brief', Tags: [{ Key: 'c', Value: 'd' }] }),
  );
  await ssm.send(new RemoveTagsFromResourceCommand({ ResourceType: 'Parameter', ResourceId: 'brief', TagKeys: ['a'] }));
  const { TagList } = await ssm.send(
    new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: 'brief' }),
  );
  assert.deepEqual(TagList, [{ Key: 'c', Value: 'd' }]);
  await cloud.advance(59_000);
  assert.equal((await get(cloud, 'brief'))?.Value, 'v');
  await cloud.advance(1_000);
  assert.equal((await failure(get(cloud, 'brief'))).name, 'ParameterNotFound');
  for (const [name, value, options, error] of [
    ['x', 'y'.repeat(4_097), {}, 'ValidationException'],
    ['x', 'abc', { AllowedPattern: '^\\d+$' }, 'ParameterPatternMismatchException'],
    ['a/b', 'y', {}, 'ValidationException'],
    [`/${'a/'.repeat(15)}b`, 'y', {}, 'HierarchyLevelLimitExceededException'],
    ['x', 'y', { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }, 'ValidationException'],
    ['x', 'y', { Type: undefined }, 'ValidationException'],
  ] as const)
    assert.equal(
      (await failure(put(cloud, name, value, options as Partial<PutParameterCommandInput>))).name,
      error,
      name,
    );
});

test('stacks make parameters, and take their own parameters from there', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, '/base/name', 'from-ssm');
  const TemplateBody = `
Parameters:
  Name: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /base/name }
Resources:
  P:
    Type: AWS::SSM::Parameter
    Properties: { Name: /made/by/stack, Type: String, Value: !Ref Name }
Outputs:
  Value: { Value: !GetAtt P.Value }
`;
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody }));
  await cloud.server.cloud.settle();
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 's' }));
  assert.deepEqual([Stacks?.[0]?.StackStatus, Stacks?.[0]?.Outputs?.[0]?.OutputValue], ['CREATE_COMPLETE', 'from-ssm']);
  assert.equal((await get(cloud, '/made/by/stack'))?.Value, 'from-ssm');
});

test('a secret of Secrets Manager is read through its reference', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  const secret = await manager.send(new CreateSecretCommand({ Name: 'shop/db', SecretString: 'hush' }));
  const Name = '/aws/reference/secretsmanager/shop/db';
  const read = await get(cloud, Name, true);
  assert.deepEqual(
    { ...read, LastModifiedDate: undefined, SourceResult: JSON.parse(read?.SourceResult ?? '') },
    {
      ARN: secret.ARN,
      LastModifiedDate: undefined,
      Name,
      SourceResult: {
        ARN: secret.ARN,
        name: 'shop/db',
        versionId: secret.VersionId,
        secretString: 'hush',
        versionStages: ['AWSCURRENT'],
        createdDate: new Date(START)
          .toLocaleString('en-US', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'medium' })
          .replace('\u202f', ' '),
      },
      Type: 'SecureString',
      Value: 'hush',
      Version: 0,
    },
  );
  assert.equal((await get(cloud, `${Name}:AWSCURRENT`, true))?.Selector, ':AWSCURRENT');
  assert.equal((await get(cloud, `${Name}:${secret.VersionId}`, true))?.Value, 'hush');
  const open = await failure(get(cloud, Name));
  assert.deepEqual(
    [open.name, open.message],
    ['ValidationException', 'WithDecryption flag must be True for retrieving a Secret Manager secret.'],
  );
  const none = await failure(get(cloud, '/aws/reference/secretsmanager/none', true));
  assert.deepEqual(
    [none.name, none.message],
    [
      'ParameterNotFound',
      'An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/nonenull not found.',
    ],
  );
  await put(cloud, 'plain', 'x');
  const several = await cloud.client(SSMClient).send(
    new GetParametersCommand({
      Names: ['plain', Name, '/aws/reference/secretsmanager/none'],
      WithDecryption: true,
    }),
  );
  assert.deepEqual(
    [several.Parameters?.map((one) => one.Value), several.InvalidParameters],
    [['hush', 'x'], ['/aws/reference/secretsmanager/none']],
  );
});

test('names of the top level are found with a slash in front, and without; malformed ones are refused', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, 'plain', '1');
  await put(cloud, '/rooted', '2');
  assert.equal((await failure(put(cloud, '/plain', '3'))).name, 'ParameterAlreadyExists');
  assert.deepEqual(
    await Promise.all(
      ['/plain', 'rooted', 'arn:aws:ssm:us-east-1:123456789012:parameter/rooted'].map(async (name) => {
        const { Name, Value } = (await get(cloud, name)) ?? {};
        return [Name, Value];
      }),
    ),
    [
      ['/plain', '1'],
      ['rooted', '2'],
      ['/rooted', '2'],
    ],
  );
  for (const name of ['/a//b', 'a/b']) {
    const refused = await failure(get(cloud, name));
    assert.deepEqual(
      [refused.name, refused.message],
      [
        'ValidationException',
        'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
      ],
    );
  }
});

test("names of AWS's own, and such as can be none, are refused in AWS's words", async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const refused = async (promise: Promise<unknown>) => {
    const { name, message } = await failure(promise);
    return [name, message];
  };
  const put = (Name: string) => ssm.send(new PutParameterCommand({ Name, Value: 'v', Type: 'String' }));
  const get = (Name: string) => ssm.send(new GetParameterCommand({ Name }));
  const reserved = (name: string) => ['AccessDeniedException', `No access to reserved parameter name: ${name}.`];
  assert.deepEqual(await refused(put('/aws/mine')), reserved('/aws/mine'));
  assert.deepEqual(await refused(put('awsomething')), reserved('awsomething'));
  assert.deepEqual(
    await refused(ssm.send(new DeleteParameterCommand({ Name: 'aws-playground' }))),
    reserved('aws-playground'),
  );
  assert.deepEqual(await refused(get('awslimits')), reserved('awslimits'));
  assert.equal((await refused(get('/aws/service/none')))[0], 'ParameterNotFound');
  assert.deepEqual(await refused(put('a/b')), [
    'ValidationException',
    'Parameter name must be a fully qualified name.',
  ]);
  const limited = new PutParameterCommand({ Name: 'n', Value: '10,000', Type: 'String', AllowedPattern: '\\d{1,4}' });
  assert.deepEqual(await refused(ssm.send(limited)), [
    'ParameterPatternMismatchException',
    'Parameter value, cannot be validated against allowedPattern: \\d{1,4}',
  ]);
  for (const ask of [() => put('/ssm/a'), () => put('a b'), () => get('{a}'), () => get('a b')])
    assert.match((await refused(ask()))[1] ?? '', /^Parameter name: can't be prefixed with "ssm"/);
});

test('a type may change; names to write are names alone; values refer to no other parameters', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  await put(cloud, '/p/one', 'plain');
  await put(cloud, '/p/one', 'hidden', { Type: 'SecureString', Overwrite: true });
  assert.deepEqual(
    [(await get(cloud, '/p/one', true))?.Value, (await get(cloud, '/p/one'))?.Type],
    ['hidden', 'SecureString'],
  );
  await put(cloud, '/p/one', 'open', { Overwrite: true });
  assert.equal((await get(cloud, '/p/one'))?.Value, 'open');
  const asked = [
    put(cloud, '/p/one:1', 'x', { Overwrite: true }),
    put(cloud, 'arn:aws:ssm:us-east-1:123456789012:parameter/p/one', 'x', { Overwrite: true }),
    ssm.send(new DeleteParameterCommand({ Name: '/p/one:1' })),
    ssm.send(new LabelParameterVersionCommand({ Name: '/p/one:1', Labels: ['a'] })),
  ];
  for (const { name } of await Promise.all(asked.map(failure))) assert.equal(name, 'ValidationException');
  const nested = await failure(put(cloud, '/p/two', 'see {{ssm:one}}'));
  assert.deepEqual(
    [nested.name, nested.message],
    [
      'ValidationException',
      "Parameter value: 'see {{ssm:one}}' failed to satisfy constraint: Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.",
    ],
  );
  const images = await failure(
    put(cloud, '/p/two', 'ami-0123456789', { Type: 'StringList', DataType: 'aws:ec2:image' }),
  );
  assert.equal(images.message, 'The aws:ec2:image data type is not supported for the following input type: StringList');
  const elsewhere = failure(get(cloud, 'arn:aws:ssm:eu-west-1:123456789012:parameter/p/one'));
  assert.equal((await elsewhere).name, 'ParameterNotFound');
});

test('below a path, a label finds the versions that have it; what filters may be is checked', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  for (const Value of ['first', 'second']) await put(cloud, '/app/key', Value, { Overwrite: true });
  await put(cloud, '/app/other', 'x');
  await ssm.send(new LabelParameterVersionCommand({ Name: '/app/key', ParameterVersion: 1, Labels: ['prod'] }));
  const ParameterFilters = [{ Key: 'Label', Option: 'Equals', Values: ['prod'] }];
  const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: '/app', ParameterFilters }));
  assert.deepEqual(
    Parameters?.map(({ Name, Value, Version }) => [Name, Value, Version]),
    [['/app/key', 'first', 1]],
  );
  const refusal = async (input: DescribeParametersCommandInput) => {
    const { name, message } = await failure(ssm.send(new DescribeParametersCommand(input)));
    return [name, message];
  };
  assert.equal((await refusal({ ParameterFilters }))[0], 'InvalidFilterKey');
  assert.deepEqual(await refusal({ ParameterFilters: [{ Key: 'Path' }] }), [
    'InvalidFilterValue',
    'The following filter values are missing : null for filter key Path',
  ]);
  assert.equal((await refusal({ ParameterFilters: [{ Key: 'Path', Values: ['app'] }] }))[0], 'ValidationException');
  const both = { ParameterFilters: [{ Key: 'Type', Values: ['String'] }], Filters: [{ Key: 'Name', Values: ['a'] }] };
  assert.deepEqual(await refusal(both as DescribeParametersCommandInput), [
    'ValidationException',
    'You can use either Filters or ParameterFilters in a single request.',
  ]);
});
