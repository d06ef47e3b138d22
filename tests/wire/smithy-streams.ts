/** Runs the suite's event stream cases: frames in must give the case's events, events out its frames. */
import assert from 'node:assert/strict';
import { bytesStream, collect } from '#kernel/base';
import {
  decodeEvent,
  type EventHeader,
  type MemberModel,
  type Protocol,
  type ServiceModel,
  type ShapeModel,
  validators,
  WireFailure,
} from '#kernel/wire';
import { assertBody } from './smithy-bodies.ts';
import { requestOf } from './smithy-checks.ts';
import type { StreamCase, StreamEvent } from './smithy-suite.ts';
import { comparable, paramValue } from './smithy-values.ts';

const BODY_BYTES_MAX = 1_000_000;

/** The member of a shape that is an event stream. */
function streamMember(
  model: ServiceModel,
  shape: string | undefined,
): { name: string; member: MemberModel } | undefined {
  const members = shape === undefined ? {} : (model.shapes[shape]?.members ?? {});
  const found = Object.entries(members).find(([, member]) => model.shapes[member.shape]?.eventstream === true);
  return found && { name: found[0], member: found[1] };
}

/** Both directions of a case, each where the case has events or an initial message for it. */
export async function checkStream(model: ServiceModel, protocol: Protocol, test: StreamCase): Promise<void> {
  const requests = test.events.filter(({ type }) => type === 'request');
  const responses = test.events.filter(({ type }) => type === 'response');
  if (requests.length > 0 || test.initialRequest !== undefined)
    await (test.expectation?.failure === undefined
      ? checkInput(model, protocol, test, requests)
      : checkFailure(model, protocol, test, requests));
  if (responses.length > 0 || test.initialResponse !== undefined) await checkOutput(model, protocol, test, responses);
}

async function readInput(
  model: ServiceModel,
  protocol: Protocol,
  test: StreamCase,
  events: StreamEvent[],
): Promise<{ input: Record<string, unknown>; events: Record<string, unknown>[] }> {
  const {
    input: shape,
    uri,
    method,
  } = model.operations[test.operation] as { input: string; uri: string; method: string };
  const request = requestOf(
    test.initialRequest ?? { method, uri, headers: { 'content-type': 'application/vnd.amazon.eventstream' } },
  );
  request.body = bytesStream(Buffer.concat(events.map(({ bytes }) => Buffer.from(bytes as string, 'base64'))));
  const route = protocol.route(request);
  assert.equal(route.operation, test.operation);
  assert.equal(protocol.streams(test.operation), true);
  const { name } = streamMember(model, shape) as { name: string };
  const { [name]: stream, ...input } = protocol.read(route, request);
  const failures = validators(model)(shape)({ ...input, [name]: stream });
  if (failures.length > 0) throw new WireFailure('serialization', 'the initial request is not valid');
  const found: Record<string, unknown>[] = [];
  for await (const event of stream as AsyncIterable<Record<string, unknown>>) found.push(event);
  return { input, events: found };
}

async function checkInput(
  model: ServiceModel,
  protocol: Protocol,
  test: StreamCase,
  events: StreamEvent[],
): Promise<void> {
  const found = await readInput(model, protocol, test, events);
  const shape = model.operations[test.operation]?.input as string;
  const { member } = streamMember(model, shape) as { member: MemberModel };
  assert.deepStrictEqual(
    await comparable(found.events),
    await comparable(events.map(({ params }) => paramValue(model, member, params, 'defaults'))),
  );
  assert.deepStrictEqual(
    await comparable(found.input),
    await comparable(paramValue(model, { shape }, test.initialRequestParams ?? {}, 'defaults')),
  );
}

/** A modelled error arrives as the stream's last event; anything else that fails is a WireFailure. */
async function checkFailure(
  model: ServiceModel,
  protocol: Protocol,
  test: StreamCase,
  events: StreamEvent[],
): Promise<void> {
  const errorId = test.expectation?.failure?.errorId;
  if (errorId === undefined) return assert.rejects(readInput(model, protocol, test, events), WireFailure);
  const found = await readInput(model, protocol, test, events);
  const [type = ''] = Object.keys(found.events.at(-1) ?? {});
  const union = model.shapes[
    streamMember(model, model.operations[test.operation]?.input)?.member.shape ?? ''
  ] as ShapeModel;
  assert.equal(union.members?.[type]?.shape, errorId.slice(errorId.indexOf('#') + 1));
}

async function checkOutput(
  model: ServiceModel,
  protocol: Protocol,
  test: StreamCase,
  events: StreamEvent[],
): Promise<void> {
  const shape = model.operations[test.operation]?.output as string;
  const { name, member } = streamMember(model, shape) as { name: string; member: MemberModel };
  const values = events.map(({ params }) => paramValue(model, member, params, 'as given'));
  const output = {
    ...(paramValue(model, { shape }, test.initialResponseParams ?? {}, 'as given') as object),
    [name]: iterate(values),
  };
  const reply = protocol.write(test.operation, output, { requestId: 'foo-id' });
  assert.equal(reply.status, test.initialResponse?.code ?? 200);
  for (const [header, text] of Object.entries(test.initialResponse?.headers ?? {}))
    assert.equal(reply.headers[header.toLowerCase()], text);
  let rest = await collect(reply.body as AsyncIterable<Uint8Array>, BODY_BYTES_MAX, () => new Error('too large'));
  for (const event of events) {
    const found = decodeEvent(rest);
    assert.notEqual(found, undefined, 'an event is missing');
    assertFrame(
      (found as { message: { headers: Record<string, EventHeader>; payload: Uint8Array } }).message,
      event,
      rest.subarray(0, found?.size),
    );
    rest = rest.subarray(found?.size);
  }
  assert.equal(rest.length, 0, 'more events than expected');
}

/** The same headers with the same types, and a payload that says the same. */
function assertFrame(
  message: { headers: Record<string, EventHeader>; payload: Uint8Array },
  event: StreamEvent,
  frame: Buffer,
): void {
  const wanted = decodeEvent(Buffer.from(event.bytes as string, 'base64'))?.message;
  assert.deepStrictEqual(message.headers, wanted?.headers);
  if (event.bodyMediaType === undefined) assert.equal(frame.toString('base64').length, event.bytes?.length);
  else assertBody(Buffer.from(message.payload), event.body as string, event.bodyMediaType);
}

async function* iterate<T>(values: T[]): AsyncIterable<T> {
  yield* values;
}
