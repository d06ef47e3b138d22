/** Templates that nobody would write, made of good ones: here and there another value, another name, or none. */
import fc from 'fast-check';
import type { Json, JsonObject } from './parse.ts';

/** Values where others are asked for. */
const ODD: Json[] = JSON.parse(`[
  null, 0, 1, 1.5, true, false, "", "x", "/", "Say", "constructor", "$default", "{{resolve:ssm:", "}}", "{{resolve:ssm:no}}",
  [], {}, [[]], [null], [{}], [1], {"length": 3}, {"Type": "Api"}, {"toString": 1}, {"a": {"toString": 1, "valueOf": 1}},
  {"Ref": "Alias"}, {"Ref": "constructor"}, {"Ref": 1}, {"Ref": "AWS::NoValue"}, {"Condition": "One"}, {"Fn::Length": 3},
  {"Fn::If": 1}, {"Fn::If": []}, {"Fn::If": ["One", 1, 2]}, {"Fn::If": ["One", {"Ref": "AWS::NoValue"}, []]},
  {"Fn::GetAtt": "Say.Arn"}, {"Fn::GetAtt": ["Say"]}, {"Fn::GetAtt": [{}, 1]}, {"Fn::GetAtt": {"a": 1}}, {"Fn::GetAtt": 5},
  {"Fn::Sub": 1}, {"Fn::Sub": "$\{List}"}, {"Fn::Sub": ["$\{x}", 1]}, {"Fn::Sub": ["$\{x}", {"x": {"toString": 1}}]},
  {"Fn::Select": [{"toString": 1}, ["a"]]}, {"Fn::FindInMap": ["constructor", "constructor", "name"]},
  {"Fn::Cidr": ["10.0.0.0/8", {"toString": 1}, "x"]}, {"Fn::Join": ["", [{"toString": 1}]]}, {"Fn::Equals": [{"toString": 1}, 1]}
]`);
const NAMES = ['constructor', 'toString', 'hasOwnProperty', '', 'Fn::If', 'Ref', 'Say', '/x'];

/** What is changed in a template. */
export type Change = { at: number; kind: string; value: Json; name: string; from: number };
export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('value', 'value', 'value', 'gone', 'name', 'list', 'copy'),
    value: fc.constantFrom(...ODD),
    name: fc.constantFrom(...NAMES),
    from: fc.nat(),
  }),
  { minLength: 1, maxLength: 4 },
);

type Place = { holder: JsonObject; name: string };

function placesOf(value: Json, found: Place[] = []): Place[] {
  if (value === null || typeof value !== 'object') return found;
  for (const [name, member] of Object.entries(value)) {
    found.push({ holder: value as JsonObject, name });
    placesOf(member, found);
  }
  return found;
}

/** Changes a template, or a part of it. */
export function spoil(template: JsonObject, wrong: readonly Change[]): void {
  for (const { at, kind, value, name, from } of wrong) {
    const places = placesOf(template);
    const place = places[at % places.length];
    const source = places[from % places.length];
    if (place === undefined || source === undefined) continue;
    const { holder } = place;
    const before = holder[place.name] ?? null;
    if (kind === 'value') holder[place.name] = structuredClone(value);
    else if (kind === 'list') holder[place.name] = [before];
    else if (kind === 'copy') holder[place.name] = structuredClone(source.holder[source.name] ?? null);
    else delete holder[place.name];
    if (kind === 'name') holder[name] = before;
  }
}
