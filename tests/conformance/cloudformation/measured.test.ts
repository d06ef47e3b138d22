/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand, CreateStackSetCommand } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { HOME, trusted } from './sets.ts';
import { reasons, settled, templateOf } from './stacks.ts';

const T = { Type: 'AWS::SNS::Topic' };
const NAME = { 'Fn::GetAtt': ['T', 'TopicName'] };
const output = (Value: unknown, Name: unknown) => ({ A: { Value, Export: { Name } } });
const LATE = 'must not depend on any resources, imported values, or Fn::GetAZs';

test('templates that say what can’t be', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const malformed = 'Template format error: Output A is malformed.';
  const long = 'a'.repeat(4_097);
  const cases: [string, string][] = [
    [
      templateOf({ T }, { Outputs: output('a', 'bad_name/with*chars') }),
      `${malformed} The Name field of every Export member must be specified and consist only of alphanumeric characters, colons, or hyphens.`,
    ],
    [
      templateOf({ T }, { Outputs: output('a', 'a'.repeat(257)) }),
      `${malformed} The Name field of every Export member must not be longer than 256 characters.`,
    ],
    [
      templateOf({ T }, { Outputs: { ...output('a', 'dup-name'), B: output('b', 'dup-name').A } }),
      'Template format error: The Outputs section contains duplicate Export names: [dup-name]. Specify a unique name for each export.',
    ],
    [templateOf({ T }, { Outputs: output('a', NAME) }), `${malformed}  The Name field of Export ${LATE}.`],
    [
      templateOf({ T, U: { ...T, Properties: { DisplayName: { 'Fn::ImportValue': NAME } } } }),
      `Template error: the attribute in Fn::ImportValue ${LATE}`,
    ],
    [
      templateOf({ T }, { Outputs: { A: { Value: { 'Fn::ImportValue': { 'Fn::Join': ['-', [NAME, 'a']] } } } } }),
      `Template error: the attribute in Fn::ImportValue ${LATE}`,
    ],
    [
      templateOf({ T }, { Parameters: { P: { Type: 'String', Default: long } } }),
      `Template format error: Parameter 'P' default value '${long}' length is greater than 4096.`,
    ],
  ];
  for (const [TemplateBody, text] of cases) {
    const { name, message } = await failure(formation.send(new CreateStackCommand({ StackName: 's', TemplateBody })));
    assert.deepEqual([name, message], ['ValidationError', text]);
  }
});

test('what is found out when a stack is made', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME);
  const custom = (ServiceToken: string, more: object = {}) =>
    templateOf({ R: { Type: 'Custom::One', Properties: { ServiceToken, ...more } } });
  const nested = (more: object) => templateOf({ R: { Type: 'AWS::CloudFormation::Stack', Properties: more } });
  const set = (more: object) =>
    templateOf({
      R: {
        Type: 'AWS::CloudFormation::StackSet',
        Properties: {
          StackSetName: 'fleet',
          PermissionModel: 'SELF_MANAGED',
          TemplateBody: templateOf({ T }),
          ...more,
        },
      },
    });
  const group = (targets: object) => ({ DeploymentTargets: targets, Regions: ['us-east-1'] });
  const preferring = (OperationPreferences: object) =>
    set({ OperationPreferences, StackInstancesGroup: [group({ Accounts: [HOME] })] });
  const here = 'arn:aws:lambda:us-east-1:123456789012:function:f';
  const aboutTimes = 'R: ServiceTimeout must be an integer between 1 and 14400 seconds';
  const handled = (text: string) =>
    `R: Resource handler returned message: "${text} (Service: CloudFormation, Status Code: 400, Request ID: ?) (SDK Attempt Count: 1)" (HandlerErrorCode: InvalidRequest)`;
  const cases: [string, string][] = [
    [custom(here, { ServiceTimeout: '0' }), aboutTimes],
    [custom(here, { ServiceTimeout: '14401' }), aboutTimes],
    [
      custom('arn:aws:lambda:eu-west-1:123456789012:function:f'),
      "R: Functions from 'eu-west-1' are not reachable in this region ('us-east-1') (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ?; Proxy: null)",
    ],
    [custom('arn:aws:sqs:us-east-1:123456789012:q'), 'R: Invalid service token'],
    [
      nested({ TemplateURL: 's3://templates/child.json' }),
      'R: The location for an Amazon S3 bucket must start with https://',
    ],
    [
      templateOf({ T }, { Outputs: output({ 'Fn::Split': ['-', NAME] }, 'list') }),
      's: Template format error: Every Value member must be a string. Rollback requested by user.',
    ],
    [
      templateOf({ T }, { Outputs: output('a'.repeat(1_025), 'long') }),
      's: Cannot export output A with length 1025. Max length of 1024 exceeded. Rollback requested by user.',
    ],
    [
      templateOf(
        { T: { ...T, Properties: { DisplayName: { 'Fn::ImportValue': 'mine' } } } },
        { Outputs: output('a', 'mine') },
      ),
      's: No export named mine found. Rollback requested by user.',
    ],
    [
      set({ StackInstancesGroup: [group({ Accounts: [HOME], AccountsUrl: 'https://accounts.s3.amazonaws.com/a' })] }),
      handled('Exactly one of Accounts or AccountsURL must be specified'),
    ],
    [
      set({ StackInstancesGroup: [group({ OrganizationalUnitIds: ['ou-abcd-12345678'] })] }),
      handled('StackSets with SELF_MANAGED permission model can only have accounts as target'),
    ],
    [
      set({ AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false } }),
      handled('AutoDeployment is not supported'),
    ],
    [
      set({ CallAs: 'DELEGATED_ADMIN' }),
      handled('You can only operate on SERVICE_MANAGED StackSets as a delegated administrator'),
    ],
    [
      preferring({ FailureToleranceCount: 1, FailureTolerancePercentage: 1 }),
      handled('Exactly one of FailureToleranceCount or FailureTolerancePercentage must be specified'),
    ],
    [
      preferring({ MaxConcurrentCount: 1, MaxConcurrentPercentage: 1 }),
      handled('Exactly one of MaxConcurrentCount or MaxConcurrentPercentage must be specified'),
    ],
  ];
  for (const [index, [TemplateBody, text]] of cases.entries()) {
    const StackName = `s${index}`;
    await formation.send(new CreateStackCommand({ StackName, TemplateBody }));
    await settled(cloud, StackName);
    const [reason = ''] = await reasons(cloud, StackName);
    const told = reason.replace(/^s\d+:/, 's:').replace(/Request ID: [-0-9a-f]{36}/, 'Request ID: ?');
    assert.equal(told, text);
  }
});

test('topics of another Region are none of a nested stack’s', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'child.json', Body: templateOf({ T }) }));
  const Properties = {
    TemplateURL: 'https://templates.s3.amazonaws.com/child.json',
    NotificationARNs: ['arn:aws:sns:eu-west-1:123456789012:t'],
  };
  const R = { Type: 'AWS::CloudFormation::Stack', Properties };
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: templateOf({ R }) }));
  await settled(cloud, 's');
  const told = /^R: Invalid parameter: TopicArn \(Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; /;
  assert.match((await reasons(cloud, 's'))[0] ?? '', told);
});

test('sets of the caller’s own roles have no deployment by itself', async () => {
  await using cloud = await startTestCloud();
  const command = new CreateStackSetCommand({
    StackSetName: 'fleet',
    TemplateBody: templateOf({ T }),
    AutoDeployment: { Enabled: true },
  });
  const { name, message } = await failure(cloud.client(CloudFormationClient).send(command));
  assert.deepEqual([name, message], ['ValidationError', 'AutoDeployment is not supported']);
});
