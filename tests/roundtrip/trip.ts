/** One call: what the SDK sent must be what our protocol read, what our protocol wrote must be what the SDK returns or throws. */
import assert from 'node:assert/strict';
import { ServiceError } from '#kernel/contract';
import type { OperationModel, ProtocolName, ServiceModel } from '#kernel/wire';
import { carried, withoutEmptyPayload } from './carried.ts';
import type { Sdk, SdkClient } from './client.ts';
import { givenValue, plainOutput, withoutAdded } from './peculiar.ts';
import { randomOf } from './random.ts';
import type { Answer, Seen, WireServer } from './server.ts';
import { comparable, toOurs, toSdk } from './shapes.ts';
import { type Fill, type Maker, makeStructure } from './values.ts';

type Values = Record<string, unknown>;

export type Trip = {
  model: ServiceModel;
  sdk: Sdk;
  client: SdkClient;
  server: WireServer;
  protocol: ProtocolName;
  leftOut: ReadonlySet<string>;
  notes: { covered: Set<string>; lacking: Set<string>; leftOut: Set<string> };
};

/** An id that the SDK makes up where a member is an idempotency token. */
const TOKEN = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const XML: readonly ProtocolName[] = ['query', 'ec2', 'rest-xml'];

function makerOf({ model, sdk, protocol, leftOut, notes }: Trip, seed: string, fill: Fill): Maker {
  return {
    model,
    random: randomOf(`${model.name}/${seed}`),
    fill,
    body: XML.includes(protocol) ? 'xml' : 'json',
    covered: notes.covered,
    has(shape, member) {
      const out = [`${model.name}/${shape}.${member}`, `${model.name}/*.${member}`].find((one) => leftOut.has(one));
      if (out !== undefined) notes.leftOut.add(out);
      else if (!sdk.has(shape, member)) notes.lacking.add(`${shape}.${member}`);
      return out === undefined && sdk.has(shape, member);
    },
    given: (shape, member) => givenValue(model, shape, member),
    unsatisfied: new Set(),
    wholeSeconds: sdk.isOld,
    budget: 0,
  };
}

/** A value of the shape, and nothing where the operation has none. */
function make(trip: Trip, shape: string | undefined, seed: string, fill: Fill): { value: Values; isValid: boolean } {
  const maker = makerOf(trip, seed, fill);
  const value = shape === undefined ? {} : makeStructure(maker, shape);
  return { value, isValid: maker.unsatisfied.size === 0 };
}

/** An input there and an output back. @param round tells calls of one operation apart, their values differ */
export async function checkCall(trip: Trip, name: string, fill: Fill, round: number): Promise<void> {
  const { model } = trip;
  const operation = model.operations[name] as OperationModel;
  const input = make(trip, operation.input, `${name}/${round}/in`, fill);
  const { value: output } = make(trip, operation.output, `${name}/${round}/out`, fill);
  const answer = operation.output === undefined ? {} : (toOurs(model, operation.output, output) as Values);
  const { result, seen } = await send(trip, name, input.value, { output: answer });
  await assertInput(trip, name, operation, input, seen);
  if (result instanceof Error) throw result;
  const { $metadata: _, ...found } = (await comparable(result)) as Values;
  if (operation.output === undefined) return assert.deepStrictEqual(found, {});
  const sent = (await comparable(carried(model, operation.output, output, trip.protocol, 'reply'))) as Values;
  const shape = operation.output;
  const plain = (value: Values) => withoutEmptyPayload(model, shape, plainOutput(model, shape, value, sent));
  assert.deepStrictEqual(plain(found), plain(sent), 'the output is another one');
}

async function send(
  { model, sdk, client, server }: Trip,
  name: string,
  input: Values,
  answer: Answer,
): Promise<{ result: unknown; seen: Seen }> {
  const Command = sdk.classOf(`${name}Command`) as new (input: unknown) => object;
  const shape = model.operations[name]?.input;
  const call = server.expect(answer);
  const result = await client
    .send(new Command(shape === undefined ? {} : toSdk(model, shape, input)))
    .then(comparable)
    .catch((error: unknown) => error);
  const seen = call.seen();
  if (seen === undefined) throw result instanceof Error ? result : new Error('nothing was sent');
  return { result, seen };
}

async function assertInput(
  { model, protocol }: Trip,
  name: string,
  { input: shape }: OperationModel,
  input: { value: Values; isValid: boolean },
  seen: Seen,
): Promise<void> {
  const wanted = `${model.name} ${name} ${protocol}`;
  assert.equal(`${seen.service} ${seen.operation} ${seen.protocol}`, wanted, 'the request was taken for another one');
  if (shape === undefined) return assert.deepStrictEqual(seen.input, {});
  const sent = carried(model, shape, input.value, protocol, 'request') as Values;
  const found = withoutAdded(model.name, shape, withoutTokens(model, shape, seen.input, sent), sent);
  assert.deepStrictEqual(
    withoutEmptyPayload(model, shape, found),
    withoutEmptyPayload(model, shape, (await comparable(sent)) as Values),
    'the input is another one',
  );
  // What the protocol can't carry may have been required.
  const isWhole = JSON.stringify(withoutEmptyPayload(model, shape, sent)) === JSON.stringify(input.value);
  if (input.isValid && isWhole) assert.deepStrictEqual(seen.failures, [], 'the input is not valid');
}

function withoutTokens(model: ServiceModel, shape: string, found: Values, sent: Values): Values {
  const isToken = (name: string) => model.shapes[shape]?.members?.[name]?.idempotencyToken === true;
  return Object.fromEntries(
    Object.entries(found).filter(
      ([name, value]) => sent[name] !== undefined || !isToken(name) || !TOKEN.test(String(value)),
    ),
  );
}

/** An error instead of an output. */
export async function checkError(trip: Trip, name: string, error: string): Promise<void> {
  const { model } = trip;
  const { value: input } = make(trip, model.operations[name]?.input, `${name}/${error}/in`, 'least');
  const { message: _, Message: __, ...fields } = make(trip, error, `${name}/${error}`, 'most').value;
  const message = `No “${error}” <here> & now`;
  const thrown = new ServiceError(error, message, { fields: toOurs(model, error, fields) as Values });
  const { result } = await send(trip, name, input, { error: thrown });
  await assertError(trip, error, result, message, carried(model, error, fields, trip.protocol, 'reply') as Values);
}

/** An error after the first event of a stream. */
export async function checkStreamError(trip: Trip, name: string, error: string): Promise<void> {
  const { model } = trip;
  const operation = model.operations[name] as OperationModel;
  const [member = '', target] =
    Object.entries(model.shapes[operation.output as string]?.members ?? {}).find(
      ([, { shape }]) => model.shapes[shape]?.eventstream === true,
    ) ?? [];
  const [type = ''] =
    Object.entries(model.shapes[target?.shape as string]?.members ?? {}).find(([, { shape }]) => shape === error) ?? [];
  const { value: input } = make(trip, operation.input, `${name}/${error}/in`, 'least');
  const { value: output } = make(trip, operation.output, `${name}/${error}/out`, 'least');
  const { value: fields } = make(trip, error, `${name}/${error}`, 'most');
  const events = [...(output[member] as Values[]), { [type]: fields }];
  const answer = toOurs(model, operation.output as string, { ...output, [member]: events }) as Values;
  const { result } = await send(trip, name, input, { output: answer });
  const { message, Message, ...rest } = fields;
  await assertError(trip, error, result, String(message ?? Message), rest);
}

async function assertError(
  { sdk }: Trip,
  name: string,
  result: unknown,
  message: string,
  fields: Values,
): Promise<void> {
  const Class = sdk.classOf(name) as new (input: unknown) => object;
  if (!(result instanceof Error)) throw new Error(`the SDK threw nothing but returned ${JSON.stringify(result)}`);
  if (!(result instanceof Class)) throw result;
  assert.equal(result.name, name);
  assert.equal(result.message, message);
  const all = result as unknown as Values;
  const found = Object.fromEntries(Object.keys(fields).map((member) => [member, all[member]]));
  assert.deepStrictEqual(await comparable(found), await comparable(fields), 'the error has other fields');
}
