/** Smithy RPC v2 CBOR: POST /service/<Service>/operation/<Operation>, CBOR both ways. */
import { decodeCbor } from './cbor-decode.ts';
import { CborWriter } from './cbor-encode.ts';
import { type CborCodec, cborCodec } from './codec-cbor.ts';
import { WireFailure } from './failure.ts';
import type { ServiceModel } from './model.ts';
import {
  EMPTY,
  type ErrorReply,
  errorMessageMember,
  errorNamespace,
  type Headers,
  operationOf,
  type Protocol,
  type WireReply,
  wholeBody,
} from './protocol.ts';

const CONTENT_TYPE = 'application/cbor';
const PATH = /\/service\/([A-Za-z0-9_]+)\/operation\/([A-Za-z0-9_]+)$/;

/** The rpcv2Cbor protocol over the service's model. */
export function cborProtocol(model: ServiceModel): Protocol {
  const codec = cborCodec(model);
  const namespace = errorNamespace(model);

  return {
    name: 'cbor',
    route(request) {
      const operation = PATH.exec(request.path)?.[2] ?? '';
      if (request.method !== 'POST' || !Object.hasOwn(model.operations, operation))
        throw new WireFailure('unknown-operation', `Unknown operation ${request.path}`);
      return { operation, labels: {} };
    },
    streams: () => false,
    read(route, request) {
      const { input } = operationOf(model, route.operation);
      if (input === undefined) return {};
      const body = wholeBody(request);
      return codec.reader(input)(body.length === 0 ? {} : decodeCbor(body)) as Record<string, unknown>;
    },
    write(operation, output, reply): WireReply {
      const { output: shape } = operationOf(model, operation);
      const headers: Headers = { 'smithy-protocol': 'rpc-v2-cbor', 'x-amzn-requestid': reply.requestId };
      if (shape === undefined) return { status: 200, headers, body: EMPTY };
      headers['content-type'] = CONTENT_TYPE;
      return { status: 200, headers, body: cborStructure(codec, shape, output) };
    },
    fail(error, reply): WireReply {
      const headers: Headers = {
        'smithy-protocol': 'rpc-v2-cbor',
        'content-type': CONTENT_TYPE,
        'x-amzn-requestid': reply.requestId,
      };
      if (model.queryCompatible === true)
        headers['x-amzn-query-error'] = `${error.code};${error.sender ? 'Sender' : 'Receiver'}`;
      return { status: error.status, headers, body: cborError(model, codec, `${namespace}#${error.name}`, error) };
    },
  };
}

/** A structure as CBOR. */
export function cborStructure(codec: CborCodec, shape: string, value: unknown): Buffer {
  const out = new CborWriter();
  out.openStructure();
  codec.members(shape)(value, out);
  out.closeStructure();
  return out.finish();
}

/** `{__type, message}` and what else the error's shape has. */
export function cborError(model: ServiceModel, codec: CborCodec, type: string, error: ErrorReply): Buffer {
  const out = new CborWriter();
  out.openStructure();
  out.text('__type');
  out.text(type);
  const message = errorMessageMember(model, error.name);
  const { [message]: _, ...fields } = error.fields;
  if (model.shapes[error.name] !== undefined) codec.members(error.name)(fields, out);
  if (error.message !== '') {
    out.text(message);
    out.text(error.message);
  }
  out.closeStructure();
  return out.finish();
}
