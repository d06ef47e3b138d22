/** What functions of Lambda@Edge give back. Source: CloudFront Developer Guide, "Lambda@Edge event structure". */
import { headerName, headerValue, Invalid } from './headers.ts';

/** Headers by their names in lower case. */
export type Listed = { [name: string]: { key?: string; value: string }[] };
export type LambdaRequest = {
  uri?: unknown;
  querystring?: unknown;
  headers?: Listed;
  body?: { action?: string; encoding?: string; data?: string };
  origin?: { custom?: LambdaOrigin; s3?: LambdaOrigin };
};
export type LambdaOrigin = {
  domainName?: unknown;
  path?: unknown;
  port?: unknown;
  protocol?: unknown;
  readTimeout?: unknown;
  keepaliveTimeout?: unknown;
  sslProtocols?: unknown;
  authMethod?: unknown;
  region?: unknown;
  customHeaders?: Listed;
};
export type LambdaReply = {
  status?: string | number;
  headers?: Listed;
  body?: unknown;
  bodyEncoding?: string;
};

/** Names in lower case, with their values. @throws {Invalid} */
export function headersOf(headers: Listed | undefined): [name: string, values: string[]][] {
  return Object.entries(headers ?? {}).map(([name, values]) => {
    if (!Array.isArray(values)) throw new Invalid(`${name} is no list`);
    return [headerName(name), values.map((one) => headerValue(one?.value))];
  });
}

/** Bytes of a body as a function gives it. @throws {Invalid} for what is no base 64 though it should be */
export function bodyBytes(data: string, isBase64: boolean): Buffer {
  if (isBase64 && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data)) throw new Invalid('a body is no base64');
  return Buffer.from(data, isBase64 ? 'base64' : 'utf8');
}
