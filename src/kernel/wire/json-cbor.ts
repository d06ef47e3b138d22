/** awsJson with CBOR in the place of JSON, and instants in milliseconds. Java's clients of Kinesis speak it unless they are told not to. */
import { cborError, cborStructure } from './cbor.ts';
import { decodeCbor } from './cbor-decode.ts';
import { type CborCodec, cborCodec, MILLISECONDS } from './codec-cbor.ts';
import { type EventCodec, type EventStreamCodec, eventStreamOf } from './event-stream.ts';
import { opened, targetOf } from './json.ts';
import type { MemberModel, ServiceModel } from './model.ts';
import { EMPTY, operationOf, type Protocol, type Reply, type WireReply, wholeBody } from './protocol.ts';

const CONTENT_TYPE = 'application/x-amz-cbor-1.1';

/** Whether a request's media type is AWS's own CBOR. */
export function isAwsCbor(contentType: string | undefined): boolean {
  return contentType?.startsWith(CONTENT_TYPE) === true;
}

/** The protocol over the model of a service of awsJson. */
export function jsonCborProtocol(model: ServiceModel): Protocol {
  const codec = cborCodec(model, MILLISECONDS);
  const operations = new Map(Object.keys(model.operations).map((name) => [name, name]));
  const streams = new Map<string, EventStreamCodec | undefined>();
  const streamOf = (shape: string): EventStreamCodec | undefined => {
    if (!streams.has(shape))
      streams.set(
        shape,
        eventStreamOf(model, shape, (member) => cborEvents(codec, member)),
      );
    return streams.get(shape);
  };
  return {
    name: 'json-cbor',
    route: (request) => ({ operation: targetOf(operations, request), labels: {} }),
    streams: () => false,
    read({ operation }, request) {
      const { input } = operationOf(model, operation);
      const body = wholeBody(request);
      if (input === undefined) return {};
      return codec.reader(input)(body.length === 0 ? {} : decodeCbor(body)) as Record<string, unknown>;
    },
    write(operation, output, reply): WireReply {
      const { output: shape } = operationOf(model, operation);
      if (shape === undefined) return { status: 200, headers: headersOf(CONTENT_TYPE, reply), body: EMPTY };
      const events = streamOf(shape);
      if (events === undefined)
        return { status: 200, headers: headersOf(CONTENT_TYPE, reply), body: cborStructure(codec, shape, output) };
      const stream = output[events.member] as AsyncIterable<Record<string, unknown>> | undefined;
      const first = cborStructure(codec, shape, { ...output, [events.member]: undefined });
      return {
        status: 200,
        headers: headersOf('application/vnd.amazon.eventstream', reply),
        body: opened(first, CONTENT_TYPE, events.write(stream)),
      };
    },
    fail(error, reply): WireReply {
      return {
        status: error.status,
        headers: headersOf(CONTENT_TYPE, reply),
        body: cborError(model, codec, error.name, error),
      };
    },
  };
}

function headersOf(contentType: string, { requestId }: Reply) {
  return { 'content-type': contentType, 'x-amzn-requestid': requestId };
}

function cborEvents(codec: CborCodec, { shape }: MemberModel): EventCodec {
  return {
    contentType: CONTENT_TYPE,
    write: (value) => cborStructure(codec, shape, value),
    read: (body) => codec.reader(shape)(decodeCbor(body)),
  };
}
