/** Turns an output or an error into the answer, in the client's own protocol. */
import { hostIdOf } from '#kernel/base';
import { COMMON_ERRORS, type CommonError, ServiceError } from '#kernel/contract';
import { OutboxFull } from '#kernel/events';
import {
  type ErrorReply,
  type ProtocolName,
  type Reply,
  type ServiceModel,
  WireFailure,
  type WireReply,
} from '#kernel/wire';
import type { Exchange } from '../exchange.ts';
import { faceOf, trouble } from '../faces.ts';
import type { Kernel } from '../kernel.ts';
import { voiceOf } from '../voices.ts';

export function serialize(x: Exchange): void {
  if (x.protocol === undefined) return;
  x.reply = x.protocol.write(x.operation, x.output, idsOf(x));
  if (x.form !== undefined) {
    const { status, headers, body } = x.form.answer(x.output);
    x.reply = { status, headers: { ...x.reply.headers, ...headers }, body };
  }
  if (isOfS3(x)) nameServer(x, x.reply);
}

export const isOfS3 = (x: Exchange) => x.loaded?.head.name === 's3';

export function idsOf(x: Exchange): Reply {
  const { requestId, request } = x;
  return { requestId, hostId: isOfS3(x) ? hostIdOf(requestId) : undefined, accept: request.headers.accept };
}

/** S3 alone says what it is. */
export function nameServer(x: Exchange, { headers }: WireReply): void {
  headers.server = 'AmazonS3';
  // Source: its answers, as SDKs log them: of a body that a GET would have.
  if (x.operation === 'HeadBucket') headers['content-type'] = 'application/xml';
}

export function fail(x: Exchange, kernel: Kernel, thrown: unknown): void {
  const error = serviceErrorOf(x, kernel, thrown);
  x.error = { code: error.code, message: error.message };
  const { protocol, loaded } = x;
  if (protocol === undefined || loaded === undefined) {
    x.reply = plainFailure(x, error);
    return;
  }
  x.reply = protocol.fail(errorReply(loaded.model, error), idsOf(x));
  if (!isOfS3(x)) return;
  nameServer(x, x.reply);
  if (x.request.method === 'HEAD' || isSilent(error)) x.reply.body = '';
  // Source: RFC 9110, 15.4.5: it says nothing of a body that it has not.
  if (x.reply.status === 304) delete x.reply.headers['content-type'];
}

/** What S3 does not look into further, it refuses without a word. */
const isSilent = ({ code, message }: ServiceError) => code === 'BadRequest' && message === '';

/** The error a client sees for anything that was thrown; what is no ServiceError is a bug and is logged. */
function serviceErrorOf(x: Exchange, kernel: Kernel, thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  const head = x.loaded?.head ?? x.head;
  const face = faceOf(head?.name ?? '', x.protocol?.name ?? 'json');
  if (thrown instanceof WireFailure) {
    if (x.loaded !== undefined) return voiceOf(x.loaded, x.protocol?.name).unreadable(thrown);
    return new ServiceError('UnknownOperationException', thrown.message, { status: 404 });
  }
  if (thrown instanceof OutboxFull) return trouble(face, 'throttled', 'Rate exceeded');
  // The client went away in the middle of its body: nobody waits for an answer, and nothing is wrong here.
  if ((thrown as { code?: unknown }).code === 'ECONNRESET')
    return trouble(face, 'internal', 'The client closed the connection.');
  kernel.log('error', 'a request failed inside Cloudyard', {
    requestId: x.requestId,
    service: head?.name,
    operation: x.operation,
    error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  });
  return trouble(face, 'internal', 'We encountered an internal error. Please try again.');
}

/** The reply's code and status: the error's own, the model's, a common error's, else 400. */
function errorReply(model: ServiceModel, error: ServiceError): ErrorReply {
  const shape = model.shapes[error.code];
  const modelled = shape?.error;
  const status =
    error.status ?? modelled?.status ?? COMMON_ERRORS[error.code as CommonError] ?? (shape?.fault === true ? 500 : 400);
  return {
    name: error.code,
    code: modelled?.code ?? error.code,
    message: error.message,
    status,
    sender: modelled?.sender ?? status < 500,
    fields: error.fields,
  };
}

/** No service was recognised: the answer is in the form that the request's own shape suggests. */
function plainFailure(x: Exchange, error: ServiceError): NonNullable<Exchange['reply']> {
  const type = x.request.headers['content-type'] ?? '';
  const json = type.includes('json') || x.request.headers['x-amz-target'] !== undefined;
  const protocol: ProtocolName = json ? 'json' : 'rest-xml';
  const body =
    protocol === 'json'
      ? JSON.stringify({ __type: error.code, message: error.message })
      : `<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>Sender</Type><Code>${error.code}</Code><Message>The request names no service of this cloud.</Message></Error><RequestId>${x.requestId}</RequestId></ErrorResponse>`;
  return {
    status: error.status ?? 400,
    headers: {
      'content-type': json ? 'application/x-amz-json-1.1' : 'application/xml',
      'x-amzn-requestid': x.requestId,
    },
    body,
  };
}
