/** Templates of SAM that nobody would write: whatever is wrong with them is told as SAM tells it, in bounded time, and nothing fails inside. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '#kernel/contract';
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

/** Values where others are asked for. */
const ODD: Json[] = JSON.parse(`[
  null, 0, 1, 1.5, true, false, "", "x", "/", "Say", "constructor", "$default", [], {}, [[]], [null], [{}], [1],
  {"Ref": "Alias"}, {"Ref": "constructor"}, {"Ref": 1}, {"Ref": "AWS::NoValue"}, {"Condition": "One"},
  {"Fn::If": 1}, {"Fn::If": []}, {"Fn::If": ["One", 1, 2]}, {"Fn::If": ["One", {"Ref": "AWS::NoValue"}, []]},
  {"Fn::GetAtt": "Say.Arn"}, {"Fn::GetAtt": ["Say"]}, {"Fn::GetAtt": [{}, 1]},
  {"Fn::Sub": 1}, {"Fn::Sub": "$\{List}"}, {"Fn::Sub": ["$\{x}", 1]}, {"length": 3}, {"Type": "Api"}, {"toString": 1}
]`);
const NAMES = ['constructor', 'hasOwnProperty', '', 'Fn::If', 'Ref', 'Say', '/x'];

type Place = { holder: JsonObject; name: string };

function placesOf(value: Json, found: Place[] = []): Place[] {
  if (value === null || typeof value !== 'object') return found;
  for (const [name, member] of Object.entries(value)) {
    found.push({ holder: value as JsonObject, name });
    placesOf(member, found);
  }
  return found;
}

const change = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('value', 'value', 'value', 'gone', 'name', 'list', 'copy'),
  value: fc.constantFrom(...ODD),
  name: fc.constantFrom(...NAMES),
  from: fc.nat(),
});

function changed(
  template: JsonObject,
  { at, kind, value, name, from }: typeof change extends fc.Arbitrary<infer C> ? C : never,
) {
  const places = placesOf(template);
  const place = places[at % places.length];
  const source = places[from % places.length];
  if (place === undefined || source === undefined) return;
  const { holder } = place;
  const before = holder[place.name] ?? null;
  if (kind === 'value') holder[place.name] = structuredClone(value);
  else if (kind === 'list') holder[place.name] = [before];
  else if (kind === 'copy') holder[place.name] = structuredClone(source.holder[source.name] ?? null);
  else delete holder[place.name];
  if (kind === 'name') holder[name] = before;
}

test('everything together is translated', () => {
  assert.equal(refusal(ALL), '');
});

test('whatever stands where something else is asked for is refused in words, or taken', () => {
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(3), { minLength: 30, maxLength: 30 }),
      (changes, left) => {
        const template = structuredClone(ALL);
        const resources = template.Resources as JsonObject;
        // What is refused early hides what comes later.
        for (const [index, id] of Object.keys(resources).entries()) if (left[index] === 0) delete resources[id];
        for (const one of changes) changed(template, one);
        const before = JSON.stringify(template);
        const said = refusal(template);
        assert.doesNotMatch(said, /undefined|\[object|function |NaN/);
        assert.equal(JSON.stringify(template), before, 'the template itself stays as it is');
      },
    ),
    { numRuns: 400 },
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
