/** A request to a registry, and answers in OCI's form. Source: OCI Distribution Specification, "API", "Error Codes". */
import { type Aws, type Ctx, ServiceError, type TrafficReply, type TrafficRequest } from '#kernel/contract';

/** A request of somebody who has shown a password: `ecr` acts in that name. */
export type Ask = {
  request: TrafficRequest;
  ctx: Ctx;
  ecr: Aws['ecr'];
  registryId: string;
  repositoryName: string;
  /** The base of its addresses, as the client reached it. */
  origin: string;
};

/** OCI's codes and statuses for what ECR says. */
const CODES: { readonly [code: string]: readonly [status: number, code: string] } = {
  AccessDenied: [403, 'DENIED'],
  AccessDeniedException: [403, 'DENIED'],
  ExpiredToken: [403, 'DENIED'],
  ImageNotFoundException: [404, 'MANIFEST_UNKNOWN'],
  ImageDigestDoesNotMatchException: [400, 'DIGEST_INVALID'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  InvalidLayerException: [400, 'DIGEST_INVALID'],
  InvalidLayerPartException: [416, 'BLOB_UPLOAD_INVALID'],
  EmptyUploadException: [400, 'BLOB_UPLOAD_INVALID'],
  LayerInaccessibleException: [404, 'BLOB_UNKNOWN'],
  LayersNotFoundException: [404, 'BLOB_UNKNOWN'],
  LimitExceededException: [429, 'TOOMANYREQUESTS'],
  ReferencedImagesNotFoundException: [404, 'MANIFEST_UNKNOWN'],
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  UploadNotFoundException: [404, 'BLOB_UPLOAD_UNKNOWN'],
};
const HEADERS = { 'docker-distribution-api-version': 'registry/2.0' };

/** An answer with what all of a registry's have. */
export function reply(
  status: number,
  headers: Record<string, string> = {},
  body: TrafficReply['body'] = '',
): TrafficReply {
  return { status, headers: { ...HEADERS, ...headers }, body };
}

/** One that succeeded, in JSON. */
export function json(value: object, headers: Record<string, string> = {}): TrafficReply {
  return reply(200, { 'content-type': 'application/json', ...headers }, JSON.stringify(value));
}

/** An error in OCI's form. */
export function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return reply(status, { 'content-type': 'application/json; charset=utf-8', ...headers }, body);
}

/** An error of ECR as Docker is told it. */
export function refusalOf(error: unknown): TrafficReply {
  if (!(error instanceof ServiceError)) throw error;
  const [status, code] = CODES[error.code] ?? [400, 'UNSUPPORTED'];
  return refusal(status, code, error.message);
}

/** A method that is not for this address. */
export function notAllowed(): TrafficReply {
  return refusal(405, 'UNSUPPORTED', 'The operation is unsupported.');
}
