/** Templates with values of other kinds than asked for, and names that all objects know: each is refused in words, at once or by its resource. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ActivateTypeCommand,
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  SetStackPolicyCommand,
  SetTypeConfigurationCommand,
} from '@aws-sdk/client-cloudformation';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { changes, spoil } from '../../../src/services/cloudformation/domain/odd.test-support.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, reasons, settled, templateOf, update } from './stacks.ts';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const queue = (QueueName: unknown, more: object = {}) =>
  templateOf({ Queue: { ...QUEUE, Properties: { QueueName } } }, more);
/** Nothing can be made a text of it. */
const ODD = { toString: 1, valueOf: 1 };
const rule = (Assert: unknown) => queue('q', { Rules: { R: { Assertions: [{ Assert }] } } });

const REFUSED: { [what: string]: [string, string] } = {
  'Fn::GetAtt of a map': [
    queue({ 'Fn::GetAtt': { a: 1 } }),
    'Template format error: Unresolved resource dependencies [] in the Resources block of the template',
  ],
  'Fn::GetAtt of a number': [
    queue({ 'Fn::GetAtt': 5 }),
    'Template format error: Unresolved resource dependencies [] in the Resources block of the template',
  ],
  'a rule about no list': [
    rule({ 'Fn::Contains': 5 }),
    'Template error: every Fn::Contains object requires a list of 2 parameters.',
  ],
  'a rule about a text': [
    rule({ 'Fn::EachMemberIn': ['a', ['b']] }),
    'Template error: Fn::EachMemberIn requires a list',
  ],
  'a rule that is a map': [rule(ODD), 'Template error: Rule R is not satisfied'],
  'functions that rules don’t have': [
    rule({ 'Fn::Equals': [{ 'Fn::Sub': 'a' }, { 'Fn::If': ['C', 'a', 'b'] }] }),
    'Template format error: Following functions are not supported in the Rules block of the template: [Fn::If, Fn::Sub]',
  ],
  'an output that is a condition': [
    queue('q', { Outputs: { O: { Value: { 'Fn::Equals': ['a', 'b'] } } } }),
    'Template format error: The Value field of every Outputs member must evaluate to a String.',
  ],
  'DependsOn of a list of maps': [
    templateOf({ Queue: { ...QUEUE, DependsOn: [ODD] } }),
    'Template format error: Every DependsOn value must be a string.',
  ],
  'DependsOn of a map': [
    templateOf({ Queue: { ...QUEUE, DependsOn: { Ref: 'Queue' } } }),
    'Template format error: DependsOn must be a string or list of strings.',
  ],
  'a condition that is a map': [
    templateOf({ Queue: { ...QUEUE, Condition: { 'Fn::Equals': ['a', 'a'] } } }),
    'Template format error: Every Condition member must be a string.',
  ],
  'a condition that every object has': [
    templateOf({ Queue: { ...QUEUE, Condition: 'constructor' } }),
    'Template format error: Unresolved condition dependency constructor in the Resources block of the template',
  ],
  'a mapping that every object has': [
    queue({ 'Fn::FindInMap': ['constructor', 'constructor', 'name'] }),
    "Template error: Mapping named 'constructor' is not present in the 'Mappings' section of template.",
  ],
  'a type that every object has': [
    templateOf({ Queue: { Type: 'constructor' }, Other: { Type: 'AWS::toString::Queue' } }),
    'Template format error: Unrecognized resource types: [AWS::toString::Queue, constructor]',
  ],
  'a bound of a parameter that is a map': [
    queue('q', { Parameters: { P: { Type: 'String', Default: 'a', MinLength: ODD } } }),
    'Template format error: Every MinLength member must be a string.',
  ],
  'a selection by a map': [queue({ 'Fn::Select': [ODD, ['a']] }), 'Template error: Fn::Select expects a string'],
  'blocks of half an address': [
    queue({ 'Fn::Cidr': ['10.0.0.0/8', 1, 0.5] }),
    'Template error: Fn::Cidr: 10.0.0.0/8 can not be divided into 1 blocks',
  ],
  'an export without a text': [
    queue('q', { Outputs: { O: { Value: 'v', Export: { Name: ODD } } } }),
    'Template format error: Output O is malformed. The Name field of every Export member must evaluate to a String.',
  ],
  'conditions without end': [
    queue(
      { 'Fn::If': ['C0', 'a', 'b'] },
      {
        Conditions: Object.fromEntries(
          Array.from({ length: 600 }, (_, n) => [
            `C${n}`,
            n === 599 ? { 'Fn::Equals': ['a', 'a'] } : { Condition: `C${n + 1}` },
          ]),
        ),
      },
    ),
    'Template error: more than 500 conditions depend on each other',
  ],
};

test('values of other kinds and names that every object knows are refused in words', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  for (const [what, [TemplateBody, said]] of Object.entries(REFUSED)) {
    const asked = formation.send(new CreateStackCommand({ StackName: 's', TemplateBody }));
    const refused = await asked.then(
      () => ({ name: 'taken', message: '' }),
      (error) => error as Error,
    );
    assert.deepEqual([refused.name, refused.message], ['ValidationError', said], what);
  }
});

/** Templates whose resource can't be made, and why. */
const FAILED: { [name: string]: [object, string] } = {
  address: [
    { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: ['x'] } },
    'Value of property TemplateURL must be of type String',
  ],
  notified: [
    { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'x', NotificationARNs: 'y' } },
    'Value of property NotificationARNs must be of type List of String',
  ],
  property: [
    { ...QUEUE, Properties: { constructor: 1 } },
    'Properties validation failed for resource One with message:\n#: extraneous key [constructor] is not permitted',
  ],
  unlisted: [
    { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: '2', LogGroupClass: { a: 1 } } },
    'Properties validation failed for resource One with message:\n#/RetentionInDays: failed validation constraint for keyword [enum]\n#/LogGroupClass: expected type: String, found: JSONObject',
  ],
  reference: [
    { ...QUEUE, Properties: { QueueName: '{{resolve:ssm:/a', Tags: [{ Key: 'a', Value: 'b}}' }] } },
    'Resource handler returned message: "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length" (HandlerErrorCode: InvalidRequest)',
  ],
  secret: [
    {
      ...QUEUE,
      Properties: {
        QueueName: '{{resolve:ssm:/json}}',
        DelaySeconds: '{{resolve:secretsmanager:none:SecretString:a}}',
      },
    },
    "Could not resolve {{resolve:secretsmanager:none:SecretString:a}}: Secrets Manager can't find the specified secret.",
  ],
  timeout: [
    { Type: 'AWS::CloudFormation::WaitCondition', Properties: { Handle: 'h', Timeout: 'soon' } },
    'Encountered non numeric value for property Timeout',
  ],
  count: [
    { Type: 'AWS::CloudFormation::WaitCondition', Properties: { Handle: 'h', Timeout: 1, Count: ODD } },
    'Encountered non numeric value for property Count',
  ],
  policy: [
    {
      Type: 'AWS::CloudFormation::WaitCondition',
      CreationPolicy: { ResourceSignal: { Timeout: ODD } },
      Properties: {},
    },
    'Invalid timeout value in the creation policy',
  ],
  token: [{ Type: 'Custom::One', Properties: { ServiceToken: ODD } }, 'Invalid service token: it must be a text'],
  patience: [
    { Type: 'Custom::One', Properties: { ServiceToken: 'arn:aws:lambda:x', ServiceTimeout: 14_401 } },
    'ServiceTimeout must be an integer between 1 and 14400 seconds',
  ],
  parameters: [
    { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'x', Parameters: ['a', ODD] } },
    'Value of property Parameters must be an object with String (or simple type) properties',
  ],
  tags: [
    { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'x', Tags: { a: 'b' } } },
    'Value of property Tags must be a list of objects with Key and Value',
  ],
};

test('what can only be found out when a resource is made fails that resource, and the stack goes back', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name: '/json', Value: 'q', Type: 'String' }));
  for (const [StackName, [One, said]] of Object.entries(FAILED)) {
    const input = { StackName, TemplateBody: templateOf({ One }), DisableValidation: true };
    await formation.send(new CreateStackCommand(input));
    assert.equal((await settled(cloud, StackName))?.StackStatus, 'ROLLBACK_COMPLETE', StackName);
    assert.equal((await reasons(cloud, StackName))[0], `One: ${said}`);
  }
});

test('parameters, resources and attributes may have names that every object knows', async () => {
  await using cloud = await startTestCloud();
  const template = templateOf(
    {
      toString: { ...QUEUE, Properties: { DelaySeconds: { Ref: 'constructor' } } },
      valueOf: { ...QUEUE, DependsOn: 'toString' },
    },
    {
      Parameters: { constructor: { Type: 'Number', Default: 3 }, hasOwnProperty: { Type: 'String' } },
      Outputs: { O: { Value: { 'Fn::Sub': `\${constructor} \${toString.QueueName} \${hasOwnProperty}` } } },
    },
  );
  const Parameters = [{ ParameterKey: 'hasOwnProperty', ParameterValue: 'x' }];
  await create(cloud, 's', template, { Parameters });
  const { toString: url } = (await physicalIds(cloud, 's')) as { toString: unknown };
  assert.deepEqual(await outputs(cloud, 's'), { O: `3 ${String(url).split('/').at(-1)} x` });
  const UsePreviousValue = true;
  await update(cloud, 's', template.replace(':3', ':4'), {
    Parameters: [{ ParameterKey: 'hasOwnProperty', UsePreviousValue }],
  });
  const unknown = await failure(
    update(cloud, 's', template.replaceAll('hasOwnProperty', 'isPrototypeOf'), {
      Parameters: [{ ParameterKey: 'isPrototypeOf', UsePreviousValue }],
    }),
  );
  assert.equal(unknown.message, 'Parameters: [isPrototypeOf] must have values');
});

test('policies of stacks and configurations of hooks have the form that they are read in', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's', templateOf({ Queue: QUEUE }));
  const formation = cloud.client(CloudFormationClient);
  const set = (statement: object) =>
    failure(
      formation.send(
        new SetStackPolicyCommand({
          StackName: 's',
          StackPolicyBody: JSON.stringify({ Statement: { Effect: 'Allow', ...statement } }),
        }),
      ),
    );
  const texts = 'Error validating stack policy: Action, Resource and ResourceType must be texts or lists of texts';
  assert.equal((await set({ Action: 5 })).message, texts);
  assert.equal((await set({ Action: '*', Resource: [null] })).message, texts);
  assert.equal((await set({ Action: '*', Condition: { StringEquals: { ResourceType: 5 } } })).message, texts);
  assert.equal(
    (await set({ Action: '*', Condition: { StringEquals: null } })).message,
    'Error validating stack policy: Condition must be an object of objects',
  );
  const configured = (filters: object) =>
    failure(
      formation.send(
        new SetTypeConfigurationCommand({
          Type: 'HOOK',
          TypeName: 'Mine::Hook::Hook',
          Configuration: JSON.stringify({
            CloudFormationConfiguration: {
              HookConfiguration: { FailureMode: 'FAIL', Properties: { LambdaFunction: 'x' }, ...filters },
            },
          }),
        }),
      ),
    );
  await formation.send(
    new ActivateTypeCommand({
      Type: 'HOOK',
      TypeName: 'AWS::Hooks::LambdaHook',
      TypeNameAlias: 'Mine::Hook::Hook',
      ExecutionRoleArn: 'arn:aws:iam::123456789012:role/hook',
    }),
  );
  for (const [filters, said] of [
    [{ StackFilters: { StackNames: { Include: 'a' } } }, 'StackFilters.StackNames.Include must be a list of strings'],
    [{ StackFilters: { StackRoles: [] } }, 'StackFilters.StackRoles must be an object'],
    [{ TargetFilters: { Actions: [5] } }, 'TargetFilters.Actions must be a list of strings'],
    [{ TargetFilters: { Targets: [{}] } }, 'TargetFilters.Targets must be a list of objects with a TargetName'],
  ] as const)
    assert.equal((await configured(filters)).message, said);
  // A policy of many stars is matched in bounded time.
  await formation.send(
    new SetStackPolicyCommand({
      StackName: 's',
      StackPolicyBody: JSON.stringify({
        Statement: { Effect: 'Allow', Action: '*', Resource: `${'*a'.repeat(400)}b` },
      }),
    }),
  );
  const denied = update(cloud, 's', templateOf({ Queue: { ...QUEUE, Properties: { DelaySeconds: 1 } } }));
  await assert.rejects(denied);
  assert.deepEqual(await reasons(cloud, 's'), [
    'Queue: Action denied by stack policy: no statement allows [Update:Modify] for resource [Queue]',
    's: The following resource(s) failed to update: [Queue]. ',
  ]);
});

const GOOD = JSON.stringify({
  Parameters: {
    Alias: { Type: 'String', Default: 'abc', AllowedPattern: '[a-z]+' },
    List: { Type: 'CommaDelimitedList', Default: 'a,b' },
  },
  Mappings: { M: { a: { b: 'c' } } },
  Conditions: { One: { 'Fn::Equals': [{ Ref: 'Alias' }, 'abc'] }, Two: { 'Fn::Not': [{ Condition: 'One' }] } },
  Rules: { R: { Assertions: [{ Assert: { 'Fn::Contains': [['abc'], { Ref: 'Alias' }] } }] } },
  Resources: {
    Say: {
      ...QUEUE,
      Condition: 'One',
      Properties: { DelaySeconds: 3, Tags: [{ Key: 'a', Value: { 'Fn::Join': ['-', { Ref: 'List' }] } }] },
    },
    Topic: {
      Type: 'AWS::SNS::Topic',
      Properties: { Subscription: [{ Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Say', 'Arn'] } }] },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern: { source: ['a'] }, Targets: [{ Id: 'a', Arn: { 'Fn::GetAtt': ['Say', 'Arn'] } }] },
    },
    Wait: {
      Type: 'AWS::CloudFormation::WaitCondition',
      CreationPolicy: { ResourceSignal: { Count: 1, Timeout: 'PT5M' } },
      Properties: {},
    },
  },
  Outputs: {
    O: { Value: { Ref: 'Topic' }, Export: { Name: { 'Fn::Sub': `\${AWS::StackName}-o` } }, Condition: 'One' },
  },
});

test('whatever a template says, it is refused in words, or its stack comes to rest and can be removed', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  let number = 0;
  await fc.assert(
    fc.asyncProperty(changes, async (wrong) => {
      const template = JSON.parse(GOOD);
      spoil(template.Resources, wrong.slice(1));
      spoil(template, wrong.slice(0, 1));
      number += 1;
      const StackName = `s${number}`;
      const asked = formation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
      const refused = await asked.then(
        () => undefined,
        (error) => error as Error,
      );
      if (refused !== undefined) {
        assert.equal(refused.name, 'ValidationError', refused.message);
        assert.doesNotMatch(refused.message, /undefined|\[object|NaN/);
        return;
      }
      // What waits has waited long enough then.
      await cloud.server.cloud.settle();
      await cloud.advance(13 * 3_600_000);
      assert.match((await settled(cloud, StackName))?.StackStatus ?? '', /_COMPLETE$/);
      await formation.send(new DeleteStackCommand({ StackName }));
      await cloud.server.cloud.settle();
    }),
    { numRuns: 60, seed: 2 },
  );
});
