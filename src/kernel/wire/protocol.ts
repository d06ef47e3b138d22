/** What a protocol does for the gateway: find the operation, read its input, write its output or its error. */
import type { ByteStream } from '#models/base';
import type { OperationModel, ProtocolName, ServiceModel } from './model.ts';

export type Headers = Record<string, string>;

/** A request as it came, its body whole unless the operation takes a stream. */
export type WireRequest = {
  method: string;
  /** As sent, still percent-encoded, without the query. */
  path: string;
  /** As sent, without the question mark. */
  query: string;
  /** Names in lower case. */
  headers: Headers;
  body: Uint8Array | ByteStream;
};

export type WireReply = { status: number; headers: Headers; body: string | Uint8Array | ByteStream };

/** The operation a request is for, and what its path said. */
export type Route = { operation: string; labels: Record<string, string> };

/** An error as a client is to see it. */
export type ErrorReply = {
  /** Shape name, e.g. `QueueDoesNotExist`. */
  name: string;
  /** What query protocols call it, e.g. `AWS.SimpleQueueService.NonExistentQueue`. */
  code: string;
  message: string;
  status: number;
  sender: boolean;
  /** Further members of the error's shape. */
  fields: Record<string, unknown>;
};

export type Reply = {
  requestId: string;
  /** Of S3 alone: its second id. */
  hostId?: string | undefined;
  /** The media type that the client asks for, where it names one. */
  accept?: string | undefined;
};

/** One protocol over one service: codecs are built once and kept. */
export interface Protocol {
  readonly name: ProtocolName;
  /** @throws WireFailure unknown-operation */
  route(request: WireRequest): Route;
  /** Whether the operation reads its body as it flows. */
  streams(operation: string): boolean;
  /** @throws WireFailure */
  read(route: Route, request: WireRequest): Record<string, unknown>;
  write(operation: string, output: Record<string, unknown>, reply: Reply): WireReply;
  fail(error: ErrorReply, reply: Reply): WireReply;
}

/** The model of an operation that is known to exist. */
export function operationOf(model: ServiceModel, name: string): OperationModel {
  return model.operations[name] as OperationModel;
}

/** How the error's shape calls its message; where it has none as all of the service do, else `message`. */
export function errorMessageMember(model: ServiceModel, name: string): 'message' | 'Message' {
  const shape = model.shapes[name];
  if (shape?.members?.Message !== undefined) return 'Message';
  return (shape !== undefined && shape.members?.message === undefined && model.errorMessage) || 'message';
}

/** The Smithy namespace that AWS puts before an error's name: `com.amazonaws.sqs`, `com.amazonaws.dynamodb.v20120810`. */
export function errorNamespace(model: ServiceModel): string {
  if (model.namespace !== undefined) return model.namespace;
  const dated = model.target?.match(/^(DynamoDB|DynamoDBStreams)_(\d+)$/);
  return dated === null || dated === undefined
    ? `com.amazonaws.${model.name.replaceAll('-', '')}`
    : `com.amazonaws.dynamodb.v${dated[2]}`;
}

export const EMPTY = new Uint8Array(0);

/** The whole body as bytes; a streaming body never gets here. */
export function wholeBody(request: WireRequest): Buffer {
  const body = request.body instanceof Uint8Array ? request.body : EMPTY;
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
