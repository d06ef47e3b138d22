import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  GetTemplateSummaryCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { templateOf } from './stacks.ts';

const queue = (value: unknown, more: object = {}) =>
  templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: value } } }, more);
const A = 'a'.repeat(4_000);

/** Templates that would cost far more than they are long, and what is said of them. */
const HOSTILE: { [what: string]: [string, RegExp] } = {
  'brackets that nothing closes': [
    'Resources: '.concat('['.repeat(40_000)),
    /^Template format error: .*nested too deeply/,
  ],
  'objects in objects': ['{"a":'.repeat(8_000), /^Template format error: /],
  'lists in lists': ['- '.repeat(20_000), /^Template format error: /],
  'aliases of aliases': [
    ['Resources: &a0 [x, x, x, x, x, x]']
      .concat(Array.from({ length: 20 }, (_, n) => `x${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}, *a${n}]`))
      .join('\n'),
    /^Template error: YAML aliases are not allowed in CloudFormation templates/,
  ],
  'conditions in a circle': [
    queue(
      { 'Fn::If': ['A', 'x', 'y'] },
      { Conditions: { A: { 'Fn::Not': [{ Condition: 'B' }] }, B: { Condition: 'A' } } },
    ).replace('"Type"', '"Condition":"A","Type"'),
    /^Template error: Circular dependency between conditions: \[A, B\]$/,
  ],
  'names of a prototype': [
    '{"Resources":{"__proto__":{"Type":"AWS::SQS::Queue"},"constructor":{"Type":"AWS::SQS::Queue"}}}',
    /^Template format error: /,
  ],
  'what is no text': ['\u0000\u0001', /^Template format error: /],
};

test('hostile templates are refused, quickly and in words', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  for (const [what, [TemplateBody, message]] of Object.entries(HOSTILE)) {
    const refused = await failure(formation.send(new CreateStackCommand({ StackName: 's', TemplateBody })));
    assert.equal(refused.name, 'ValidationError', what);
    assert.match(refused.message, message, what);
    await failure(formation.send(new ValidateTemplateCommand({ TemplateBody: `${TemplateBody}]` })));
    await failure(formation.send(new GetTemplateSummaryCommand({ TemplateBody: `${TemplateBody}]` })));
  }
});

test('what a template’s functions make is bounded, and a condition is found out once', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  const make = async (StackName: string, Body: string) => {
    await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: StackName, Body }));
    const TemplateURL = `https://templates.s3.amazonaws.com/${StackName}`;
    await formation.send(new CreateStackCommand({ StackName, TemplateURL, Capabilities: ['CAPABILITY_AUTO_EXPAND'] }));
    await cloud.server.cloud.settle();
  };
  const Parameters = { P: { Type: 'String', Default: A } };
  const large = await failure(make('large', queue({ 'Fn::Sub': `\${P}`.repeat(50_000) }, { Parameters })));
  assert.equal(large.message, 'Template error: the functions of the template make more than 8388608 characters');
  const doubled = (depth: number): unknown =>
    depth === 0 ? A : { 'Fn::Join': ['', [doubled(depth - 1), doubled(depth - 1)]] };
  await make('doubled', queue(doubled(6)));
  const Conditions: { [name: string]: unknown } = { C0: { 'Fn::Equals': ['a', 'a'] } };
  for (let n = 1; n < 60; n += 1)
    Conditions[`C${n}`] = { 'Fn::And': [{ Condition: `C${n - 1}` }, { Condition: `C${n - 1}` }] };
  await make('conditions', queue({ 'Fn::If': ['C59', 'yes', 'no'] }, { Conditions }));
  const loops = (depth: number): unknown =>
    depth === 0
      ? 'x'
      : {
          [`Fn::ForEach::L${depth}`]: [
            `I${depth}`,
            [1, 2, 3, 4, 5, 6, 7, 8, 9],
            { [`K\${I${depth}}`]: loops(depth - 1) },
          ],
        };
  const many = await failure(
    make(
      'loops',
      templateOf(
        { Queue: { Type: 'AWS::SQS::Queue', Properties: loops(8) } },
        { Transform: 'AWS::LanguageExtensions' },
      ),
    ),
  );
  assert.match(many.message, /Fn::ForEach makes more than 200000 values/);
});

test('a template that is too long is quoted as a whole, one of S3 not at all', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(CloudFormationClient);
  const body = queue('q') + ' '.repeat(51_200);
  const refused = await failure(client.send(new ValidateTemplateCommand({ TemplateBody: body })));
  assert.equal(
    refused.message,
    `1 validation error detected: Value '${body}' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200`,
  );
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  const Body = queue('q').padEnd(1_000_001);
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'a', Body }));
  const TemplateURL = 'https://templates.s3.amazonaws.com/a';
  const larger = await failure(client.send(new ValidateTemplateCommand({ TemplateURL })));
  assert.equal(larger.message, 'Template may not exceed 1000000 bytes in size.');
});
