/** What a template may not declare, and a stack may not be tagged with: refused at once, in AWS's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand, ValidateTemplateCommand } from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, physicalIds, reasons, settled, templateOf, update } from './stacks.ts';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const queue = (more: object) => templateOf({ Queue: { ...QUEUE, ...more } });
const condition = (C: unknown) => templateOf({ Queue: QUEUE }, { Conditions: { C } });
const mapping = (M: unknown) => templateOf({ Queue: QUEUE }, { Mappings: { M } });
const exported = (...names: unknown[]) =>
  templateOf(
    { Queue: QUEUE },
    { Outputs: Object.fromEntries(names.map((Name, n) => [`O${n}`, { Value: 'v', Export: { Name } }])) },
  );

const BOOLEANS = 'Template format error: Conditions can only be boolean operations on parameters and other conditions';
const CHARACTERS =
  'Template format error: Output O0 is malformed. The Name field of every Export member must be specified and consist only of alphanumeric characters, colons, or hyphens.';
const DEPENDS =
  'Template format error: Output O0 is malformed.  The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs.';

const REFUSED: { [what: string]: [template: string, said: string] } = {
  'a deletion policy that is none': [
    queue({ DeletionPolicy: 'Keep' }),
    'Template format error: Unrecognized DeletionPolicy Keep for resource Queue',
  ],
  'a replacement policy that is one of deletion': [
    queue({ UpdateReplacePolicy: 'RetainExceptOnCreate' }),
    'Template format error: Unrecognized UpdateReplacePolicy RetainExceptOnCreate for resource Queue',
  ],
  'a snapshot of what has none': [
    queue({ DeletionPolicy: 'Snapshot' }),
    'Template error: resource type AWS::SQS::Queue does not support deletion policy Snapshot',
  ],
  'a policy that is a function': [
    queue({ DeletionPolicy: { Ref: 'AWS::Region' } }),
    'Template format error: Every DeletionPolicy member must be a string.',
  ],
  'a condition that is a text': [condition('yes'), BOOLEANS],
  'a condition by another function': [condition({ 'Fn::If': ['A', 'b', 'c'] }), BOOLEANS],
  'a condition by two functions': [condition({ 'Fn::Not': [], 'Fn::Or': [] }), BOOLEANS],
  'a condition that nobody asks for': [
    condition({ 'Fn::Equals': ['a'] }),
    'Template error: every Fn::Equals object requires a list of 2 string parameters.',
  ],
  'a condition by one that is not there': [
    condition({ Condition: 'D' }),
    'Template format error: Unresolved condition dependency D in the Conditions block of the template',
  ],
  'a member that parameters do not have': [
    templateOf({ Queue: QUEUE }, { Parameters: { P: { Type: 'String', Default: 'a', Required: 'yes' } } }),
    "Invalid template parameter property 'Required'",
  ],
  'a mapping that is a list': [mapping([]), 'Template format error: Every Mappings member M must be a map'],
  'an element of a mapping by a range': [
    mapping({ '10.0.0.0/16': { a: 'b' } }),
    "Template format error: Mappings element name '10.0.0.0/16' must be non-empty and can contain only alphanumerics, '-' or '.'",
  ],
  'an attribute of a mapping with a dash': [
    mapping({ 'us-east-1': { 'image-id': 'b' } }),
    "Template format error: Mappings attribute name 'image-id' must contain only alphanumeric characters.",
  ],
  'a mapping in three steps': [
    mapping({ 'us-east-1': { a: { b: 'c' } } }),
    'Template format error: Every Mappings attribute must be a String or a List.',
  ],
  'the name of an output': [
    templateOf({ Queue: QUEUE }, { Outputs: { 'queue-url': { Value: 'v' } } }),
    "Template format error: Outputs name 'queue-url' is non alphanumeric.",
  ],
  'an export with a dot': [exported('Global.Queue'), CHARACTERS],
  'an export without a name': [exported(undefined), CHARACTERS],
  'an export named by a resource': [exported({ 'Fn::Sub': `\${Queue}-url` }), DEPENDS],
  'an export named by another': [exported({ 'Fn::ImportValue': 'other' }), DEPENDS],
  'two exports of one name': [
    exported('same', 'other', { 'Fn::Sub': 'same' }),
    'Template format error: The Outputs section contains duplicate Export names: [same]. Specify a unique name for each export.',
  ],
};

test('what can not be declared is refused before anything is made', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  for (const [what, [TemplateBody, said]] of Object.entries(REFUSED)) {
    const error = await failure(formation.send(new CreateStackCommand({ StackName: 's', TemplateBody })));
    assert.deepEqual([error.name, error.message], ['ValidationError', said], what);
  }
  const invalid = formation.send(new ValidateTemplateCommand({ TemplateBody: condition('yes') }));
  assert.equal((await failure(invalid)).message, BOOLEANS);
  // With language extensions, policies may be functions.
  const Transform = 'AWS::LanguageExtensions';
  const Parameters = { Policy: { Type: 'String', Default: 'Retain' } };
  const extended = { Queue: { ...QUEUE, DeletionPolicy: { Ref: 'Policy' } } };
  await create(cloud, 'extended', templateOf(extended, { Transform, Parameters }));
});

test('tags of a stack are not of AWS, and have one value each', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = templateOf({ Queue: QUEUE });
  const tagged = async (...keys: string[]) => {
    const Tags = keys.map((Key) => ({ Key, Value: '1' }));
    return (await failure(formation.send(new CreateStackCommand({ StackName: 's', TemplateBody, Tags })))).message;
  };
  assert.equal(await tagged('a', 'aws:b'), 'aws: prefixed tag key names are not allowed for external use.');
  assert.equal(await tagged('a', 'b', 'a'), 'Tags contain duplicate keys; tag keys must be unique');
});

test('tags that a template gives its resources are not of AWS', async () => {
  await using cloud = await startTestCloud();
  const Tags = [{ Key: 'AWS:b', Value: '1' }];
  const TemplateBody = templateOf({ Queue: { ...QUEUE, Properties: { Tags } } });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 's', TemplateBody }));
  await settled(cloud, 's');
  assert.match((await reasons(cloud, 's')).join(), /aws: prefixed tag key names are not allowed for external use\./);
});

test('descriptions, metadata and conditions are not updated by themselves', async () => {
  await using cloud = await startTestCloud();
  const Kept = { Type: 'AWS::CloudFormation::WaitConditionHandle' };
  const Other = { ...Kept, Condition: 'Held' };
  const held = (value: string) => ({ Conditions: { Held: { 'Fn::Equals': ['yes', value] } } });
  await create(cloud, 's', templateOf({ Kept, Other }, { ...held('yes'), Description: 'one' }));
  for (const rest of [
    { ...held('yes'), Description: 'two' },
    { ...held('yes'), Metadata: { By: 'me' } },
    { Conditions: { ...held('yes').Conditions, More: { 'Fn::Equals': ['a', 'b'] } } },
    { Conditions: { Held: { 'Fn::Not': [{ 'Fn::Equals': ['yes', 'no'] }] } } },
  ])
    assert.equal(
      (await failure(update(cloud, 's', templateOf({ Kept, Other }, rest)))).message,
      'No updates are to be performed.',
    );
  await update(cloud, 's', templateOf({ Kept, Other }, { ...held('no'), Description: 'two' }));
  assert.deepEqual(Object.keys(await physicalIds(cloud, 's')), ['Kept']);
  await update(cloud, 's', templateOf({ Kept, Other }, { ...held('no'), Outputs: { O: { Value: 'out' } } }));
  assert.equal((await settled(cloud, 's'))?.Description, undefined);
});
