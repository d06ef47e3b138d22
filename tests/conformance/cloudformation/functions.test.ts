/** What is wrong with the functions of a template: told at once, before anything is made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, events, reasons, settled, templateOf } from './stacks.ts';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const named = (QueueName: unknown, rest: object = {}) =>
  templateOf({ Queue: { ...QUEUE, Properties: { QueueName } } }, rest);

const many = (count: number, one: object) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`N${at}`, one]));
const supported =
  'Supported functions are: [Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Split, Fn::Select, Fn::FindInMap, Fn::Base64, Fn::Cidr, Fn::GetAZs, Fn::ImportValue, Fn::GetStackOutput, Fn::If, Fn::Equals, Fn::And, Fn::Or, Fn::Not]';
const REFUSED: { readonly [template: string]: string } = {
  [named({ 'Fn::Nope': 'x' })]: `Template Error: Encountered unsupported function: Fn::Nope ${supported}`,
  [named({
    'Fn::ToJsonString': { a: 1 },
  })]: `Template Error: Encountered unsupported function: Fn::ToJsonString ${supported}`,
  [named({ 'Fn::FindInMap': ['Map', 'a', 'x', { DefaultValue: 'd' }] }, { Mappings: { Map: { a: { b: 'c' } } } })]:
    'Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
  [named({ 'Fn::Join': ['-'] })]:
    'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
  [named({ 'Fn::Split': ['-'] })]:
    'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
  [named({ 'Fn::Select': [2, ['a', 'b']] })]: 'Template error: Fn::Select cannot select nonexistent value at index 2',
  [named({ 'Fn::FindInMap': ['Map', 'a', 'b'] })]:
    "Template error: Mapping named 'Map' is not present in the 'Mappings' section of template.",
  [named({ 'Fn::FindInMap': ['Map', 'x', 'b'] }, { Mappings: { Map: { a: { b: 'c' } } } })]:
    'Template error: Unable to get mapping for Map::x::b',
  [named({ 'Fn::If': ['Nope', 'a', 'b'] })]:
    'Template format error: Unresolved condition dependency Nope in the Resources block of the template',
  [named('a', { Conditions: { C: { 'Fn::Equals': ['a'] } }, Outputs: { O: { Condition: 'C', Value: '' } } })]:
    'Template error: every Fn::Equals object requires a list of 2 string parameters.',
  [named('a', { Conditions: { C: { 'Fn::Or': [true] } }, Outputs: { O: { Condition: 'C', Value: '' } } })]:
    'Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters.',
  [named('a', { Parameters: { P: { Type: 'AWS::EC2::VPC::Name', Default: 'v' } } })]:
    'Template format error: Unrecognized parameter type: AWS::EC2::VPC::Name',
  [named('a', { Parameters: { P: { Type: 'List<AWS::SSM::Parameter::Value<String>>', Default: 'v' } } })]:
    'Template format error: Unrecognized parameter type: List<AWS::SSM::Parameter::Value<String>>',
  [named('a', { Parameters: many(201, { Type: 'String', Default: '' }) })]:
    'Template format error: Parameter count 201 is greater than max allowed 200',
  [named('a', { Outputs: many(201, { Value: 'v' }) })]:
    'Template format error: Outputs count 201 is greater than max allowed 200',
  [named('a', { Outputs: { O: { Value: { 'Fn::GetAtt': ['Queue', 'Nope'] } } } })]:
    'Template error: resource Queue does not support attribute type Nope in Fn::GetAtt',
};
const MISREAD: { readonly [template: string]: string } = {
  [named({ 'Fn::Sub': `a-\${B C}` })]:
    'Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
  [named('a', { Conditions: { C: { 'Fn::Equals': [{ Ref: 'Queue' }, 'a'] } } })]:
    'Template format error: Unresolved dependencies [Queue]. Cannot reference resources in the Conditions block of the template',
  [named('a', { AWSTemplateFormatVersion: '2011-01-01' })]:
    'Template format error: unsupported value for AWSTemplateFormatVersion.',
  '{"Resources": ': 'Template format error: JSON not well-formed. (line 1, column 15)',
};

test('functions that stand for nothing are refused before anything is made', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  for (const [TemplateBody, message] of Object.entries({ ...REFUSED, ...MISREAD })) {
    const given = { StackName: 's', TemplateBody };
    assert.equal((await failure(formation.send(new CreateStackCommand(given)))).message, message);
    const asked = { ...given, ChangeSetName: 'c', ChangeSetType: 'CREATE' } as const;
    assert.equal((await failure(formation.send(new CreateChangeSetCommand(asked)))).message, message);
  }
  for (const [TemplateBody, message] of Object.entries(MISREAD))
    assert.equal((await failure(formation.send(new ValidateTemplateCommand({ TemplateBody })))).message, message);
  const unnamable = await failure(
    formation.send(new CreateStackCommand({ StackName: '1st', TemplateBody: named('a') })),
  );
  assert.equal(
    unnamable.message,
    "1 validation error detected: Value '1st' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
  );
});

test('what is known only later is no fault, and what is not taken is not looked at', async () => {
  await using cloud = await startTestCloud();
  const Arn = { 'Fn::GetAtt': ['Queue', 'Arn'] };
  const part = (index: number | object, source: unknown) => ({ 'Fn::Select': [index, { 'Fn::Split': [':', source] }] });
  const Outputs = {
    Name: { Value: part(5, Arn) },
    Region: { Value: part({ Ref: 'At' }, { 'Fn::Join': [':', ['a', Arn]] }) },
    Dead: { Value: { 'Fn::If': ['Never', { Ref: 'Dead' }, 'none'] } },
  };
  const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
  const Parameters = { At: { Type: 'Number', Default: 4 } };
  const template = templateOf(
    { Queue: { ...QUEUE, Properties: { QueueName: 'q' } }, Dead: { ...QUEUE, Condition: 'Never' } },
    { Outputs, Conditions, Parameters },
  );
  await create(cloud, 's', template);
  const found = await settled(cloud, 's');
  assert.deepEqual(
    found?.Outputs?.map(({ OutputKey, OutputValue }) => `${OutputKey} ${OutputValue}`),
    ['Name q', 'Region us-east-1', 'Dead none'],
  );
});

test('what a condition leaves out cannot be referred to', async () => {
  await using cloud = await startTestCloud();
  const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
  const resources = {
    Dead: { ...QUEUE, Condition: 'Never' },
    Queue: { ...QUEUE, Properties: { QueueName: { Ref: 'Dead' } } },
  };
  const send = (TemplateBody: string) =>
    failure(cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 's', TemplateBody })));
  assert.equal(
    (await send(templateOf(resources, { Conditions }))).message,
    'Template format error: Unresolved resource dependencies [Dead] in the Resources block of the template',
  );
  const Outputs = { O: { Value: { 'Fn::GetAtt': ['Dead', 'Arn'] } } };
  assert.equal(
    (await send(templateOf({ ...resources, Queue: QUEUE }, { Conditions, Outputs }))).message,
    'Template format error: Unresolved resource dependencies [Dead] in the Outputs block of the template',
  );
});

test('there are no pseudo parameters but those of AWS', async () => {
  await using cloud = await startTestCloud();
  const send = (TemplateBody: string) =>
    failure(cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 's', TemplateBody })));
  const said = (block: string) =>
    `Template format error: Unresolved resource dependencies [AWS::Stage] in the ${block} block of the template`;
  const Outputs = { O: { Value: { Ref: 'AWS::Stage' } } };
  assert.equal((await send(templateOf({ Queue: QUEUE }, { Outputs }))).message, said('Outputs'));
  const Properties = { QueueName: { 'Fn::Sub': `\${AWS::StackName}-\${AWS::Stage}` } };
  assert.equal((await send(templateOf({ Queue: { ...QUEUE, Properties } }))).message, said('Resources'));
});

test('an import of nothing takes the stack back before anything is made', async () => {
  await using cloud = await startTestCloud();
  const Second = { ...QUEUE, Properties: { QueueName: { 'Fn::ImportValue': 'none' } } };
  const TemplateBody = templateOf({ First: QUEUE, Second });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 's', TemplateBody }));
  await settled(cloud, 's');
  assert.deepEqual(await events(cloud, 's'), ['s CREATE_IN_PROGRESS', 's ROLLBACK_IN_PROGRESS', 's ROLLBACK_COMPLETE']);
  assert.deepEqual(await reasons(cloud, 's'), ['s: No export named none found. Rollback requested by user.']);
});
