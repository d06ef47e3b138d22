/** The form in which tools/smithy/main.ts keeps the public Smithy protocol tests, and reading it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProtocolName, ServiceModel } from '#kernel/wire';

export type RequestCase = {
  id: string;
  operation: string;
  method: string;
  uri: string;
  /** Already percent-encoded `key=value` texts. */
  queryParams?: string[];
  headers?: Record<string, string>;
  /** Base64 where the media type is CBOR. */
  body?: string;
  bodyMediaType?: string;
  /** What the operation's handler must get; timestamps are seconds, blobs texts. */
  params?: Record<string, unknown>;
  /** Host name after the client's customizations, such as S3's bucket. */
  resolvedHost?: string;
};

export type ResponseCase = {
  id: string;
  /** The operation answered, or the error's shape. */
  operation?: string;
  error?: string;
  params?: Record<string, unknown>;
  code: number;
  headers?: Record<string, string>;
  requireHeaders?: string[];
  forbidHeaders?: string[];
  body?: string;
  bodyMediaType?: string;
};

export type MalformedCase = {
  id: string;
  operation: string;
  request: { method: string; uri: string; queryParams?: string[]; headers?: Record<string, string>; body?: string };
  response: {
    code: number;
    headers?: Record<string, string>;
    body?: { mediaType: string; assertion: { contents?: string; messageRegex?: string } };
  };
};

/** One event of a stream: its params inside, its frame outside. */
export type StreamEvent = {
  type: 'request' | 'response';
  params?: Record<string, unknown>;
  headers?: Record<string, Record<string, unknown>>;
  body?: string;
  bodyMediaType?: string;
  /** The whole frame in base64. */
  bytes?: string;
};

export type StreamCase = {
  id: string;
  operation: string;
  initialRequest?: { method: string; uri: string; headers?: Record<string, string>; body?: string };
  initialRequestParams?: Record<string, unknown>;
  initialResponse?: { code: number; headers?: Record<string, string>; body?: string };
  initialResponseParams?: Record<string, unknown>;
  events: StreamEvent[];
  expectation?: { success?: object; failure?: { errorId?: string } };
};

export type ServiceSuite = {
  model: ServiceModel;
  requests: RequestCase[];
  responses: ResponseCase[];
  malformed: MalformedCase[];
  streams: StreamCase[];
};

export type Suite = { source: string; protocol: string; wire: ProtocolName; services: ServiceSuite[] };

/** Every committed suite, in the order of file names. */
export function readSuites(): Suite[] {
  const folder = join(import.meta.dirname, 'smithy');
  return readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}
