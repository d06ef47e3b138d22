/** Templates of SAM that nobody would write: whatever is wrong with them is told as SAM tells it, in bounded time, and nothing fails inside. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '#kernel/contract';
import { changes, spoil } from '../../domain/odd.test-support.ts';
import { type Json, type JsonObject, parseTemplate } from '../../domain/parse.ts';
import { translateDocument } from './document.ts';
import { listOf, mapOf } from './values.ts';

/** Nearly everything that SAM has. */
const ALL = parseTemplate(readFileSync(new URL('./everything.test-data.yaml', import.meta.url), 'utf8'));

function translated(template: JsonObject): JsonObject {
  return translateDocument(template, {
    parameters: new Map<string, Json>([['List', ['a', 'b']]]),
    partition: 'aws',
    region: 'us-east-1',
    policyArn: () => undefined,
    seconds: 0,
  });
}

/** What is said of a template; empty where it is translated. */
function refusal(template: JsonObject): string {
  try {
    translated(template);
    return '';
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return error.message;
  }
}

test('everything together is translated', () => {
  assert.equal(refusal(ALL), '');
});

test('whatever stands where something else is asked for is refused in words, or taken', () => {
  fc.assert(
    fc.property(changes, fc.array(fc.nat(3), { minLength: 30, maxLength: 30 }), (wrong, left) => {
      const template = structuredClone(ALL);
      const resources = template.Resources as JsonObject;
      // What is refused early hides what comes later.
      for (const [index, id] of Object.keys(resources).entries()) if (left[index] === 0) delete resources[id];
      spoil(template, wrong);
      const before = JSON.stringify(template);
      const said = refusal(template);
      assert.doesNotMatch(said, /undefined|\[object|function |NaN/);
      assert.equal(JSON.stringify(template), before, 'the template itself stays as it is');
    }),
    { numRuns: 400, seed: 1 },
  );
});

const many = <T>(count: number, one: (index: number) => T) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`/E${index}`, one(index)]));
const api = (more: object, count = 4_000): JsonObject => {
  const paths = many(count, () => ({ get: { 'x-amazon-apigateway-integration': { type: 'mock' } } }));
  const DefinitionBody = { swagger: '2.0', paths };
  return {
    Resources: { Api: { Type: 'AWS::Serverless::Api', Properties: { StageName: 's', DefinitionBody, ...more } } },
  } as JsonObject;
};
const say = (more: object): JsonObject => {
  const Properties = { Runtime: 'nodejs24.x', Handler: 'i.h', InlineCode: 'x', ...more };
  return { Resources: { Say: { Type: 'AWS::Serverless::Function', Properties } } } as JsonObject;
};
const LONG = 'x'.repeat(200_000);
const LIMIT = 'Transformation data limit exceeded';

/** Templates that stand for far more than they are long, and what is said of them. */
const LARGE: { [what: string]: [JsonObject, string] } = {
  'a text in many places of one': [
    {
      ...api({ Auth: { UsagePlan: { CreateUsagePlan: 'NONE', Description: { 'Fn::Sub': `\${P}`.repeat(100) } } } }, 1),
      Parameters: { P: { Type: 'String', Default: LONG } },
    },
    LIMIT,
  ],
  'addresses at many paths': [
    api({ Auth: { ResourcePolicy: { IpRangeBlacklist: Array.from({ length: 10_000 }, (_, n) => `10.0.0.${n}`) } } }),
    LIMIT,
  ],
  'headers at many paths': [api({ Cors: { AllowHeaders: LONG } }), LIMIT],
  'what many functions share': [
    {
      Globals: { Function: { Environment: { Variables: { A: LONG } } } },
      Resources: Object.fromEntries(
        Array.from({ length: 100 }, (_, n) => [`Say${n}`, { Type: 'AWS::Serverless::Function', Properties: {} }]),
      ),
    },
    LIMIT,
  ],
  'many events': [
    say({ Events: many(600, (n) => ({ Type: 'S3', Properties: { Bucket: { Ref: 'B' }, Events: `e${n}` } })) }),
    'Template format error: Number of resources, 601, is greater than maximum allowed, 500',
  ],
  'many destinations': [
    {
      Resources: {
        Link: {
          Type: 'AWS::Serverless::Connector',
          Properties: { Destination: Array.from({ length: 600 }, () => ({ Id: 'Q' })) },
        },
      },
    },
    'Template format error: Number of resources, 600, is greater than maximum allowed, 500',
  ],
};

test('templates that stand for far more than they are long are refused before the work', () => {
  for (const [what, [template, said]] of Object.entries(LARGE)) assert.equal(refusal(template), said, what);
});

test('policies by the thousand are each there once', () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `policy${index % 10_000}`);
  const { SayRole } = mapOf(translated(say({ Policies: names })).Resources);
  const { ManagedPolicyArns } = mapOf(mapOf(SayRole).Properties);
  assert.equal(listOf(ManagedPolicyArns).length, 10_001);
});

test('names that lead out of the document are told as wrong names are', () => {
  const properties = '"Runtime":"nodejs24.x","Handler":"i.h","InlineCode":"x"';
  const withText = (text: string) => refusal(JSON.parse(text) as JsonObject).replace(/^.*errors found: 1\. /, '');
  const make = (id: string, more: string) =>
    `{"Resources":{"${id}":{"Type":"AWS::Serverless::Function","Properties":{${properties}${more}}}}}`;
  assert.equal(
    withText(make('__proto__', '')),
    'Resource with id [__proto__] is invalid. Logical ids must be alphanumeric.',
  );
  assert.equal(
    withText(make('Say', ',"__proto__":"x"')),
    'Resource with id [Say] is invalid. property __proto__ not defined for resource of type AWS::Serverless::Function',
  );
  const unusable = "The name __proto__ can't be used.";
  assert.equal(withText(make('Say', ',"Tags":{"__proto__":"x"}')), `Resource with id [Say] is invalid. ${unusable}`);
  assert.equal(
    withText(`{"Globals":{"__proto__":{}},"Resources":{}}`),
    `Structure of the SAM template is invalid. ${unusable}`,
  );
});
