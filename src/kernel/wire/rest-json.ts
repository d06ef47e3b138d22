/** The rest-json protocol. */
import { jsonCodec } from './codec-json.ts';
import { WireFailure } from './failure.ts';
import { parseJson } from './json.ts';
import type { ServiceModel } from './model.ts';
import { errorMessageMember, type Protocol, type WireRequest } from './protocol.ts';
import { type BodyStyle, type Expected, restProtocol } from './rest-protocol.ts';

const CONTENT_TYPE = 'application/json';
const JSON_TYPES: ReadonlySet<string> = new Set([
  CONTENT_TYPE,
  'application/x-amz-json-1.0',
  'application/x-amz-json-1.1',
]);

/** The rest-json protocol over the service's model. */
export function restJsonProtocol(model: ServiceModel): Protocol {
  const codec = jsonCodec(model, true);
  const style: BodyStyle = {
    name: 'rest-json',
    contentType: CONTENT_TYPE,
    checkTypes,
    reader(shape, payload) {
      const read = payload === undefined ? codec.bodyReader(shape) : codec.reader(payload.member);
      return (body) => read(parseJson(body));
    },
    writer(_, shape, payload) {
      if (payload === undefined) {
        const write = codec.bodyWriter(shape);
        return (output) => JSON.stringify(write(output));
      }
      const write = codec.writer(payload.member);
      return (output) => {
        const value = output[payload.name];
        return value === undefined || value === null ? undefined : JSON.stringify(write(value));
      };
    },
    fail(error, bound, headers) {
      headers['x-amzn-errortype'] = error.name;
      const fields =
        bound === undefined ? error.fields : (codec.bodyWriter(error.name)(error.fields) as Record<string, unknown>);
      return JSON.stringify(
        error.message === '' ? fields : { ...fields, [messageKey(model, error.name)]: error.message },
      );
    },
    event(member) {
      const write = codec.writer(member);
      const read = codec.reader(member);
      return {
        contentType: CONTENT_TYPE,
        write: (value) => JSON.stringify(write(value)),
        read: (body) => read(parseJson(body)),
      };
    },
  };
  return restProtocol(model, style);
}

/**
 * Answers 415 and 406 only where the type can't be right.
 * Deviation: a JSON body without a type, which boto3 has sent, and a body to an operation without one, as the JavaScript SDK v2 sends `{}`, are let through.
 */
function checkTypes(request: WireRequest, expected: Expected): void {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const hasBody = !(request.body instanceof Uint8Array) || request.body.length > 0;
  if (!(type === undefined ? !hasBody || mayLackType(request, expected) : hasType(type, hasBody, expected))) {
    throw new WireFailure(
      'unsupported-media-type',
      type === undefined ? 'Missing content type' : `Unsupported content type ${type}`,
    );
  }
  const accept = request.headers.accept;
  if (accept !== undefined && expected.accept !== undefined && !accepts(accept, expected.accept))
    throw new WireFailure('not-acceptable', `Not acceptable: ${accept}`);
}

function hasType(type: string, hasBody: boolean, expected: Expected): boolean {
  switch (expected.body) {
    case 'none':
      return !hasBody || JSON_TYPES.has(type);
    case 'document':
      return JSON_TYPES.has(type);
    default:
      return expected.type === undefined || expected.type === type;
  }
}

/** Without a type a document must look like JSON; a text must have one. */
function mayLackType({ body }: WireRequest, expected: Expected): boolean {
  if (expected.body === 'document') return body instanceof Uint8Array && (body[0] === 0x7b || body[0] === 0x5b);
  return expected.body !== 'string';
}

function accepts(accept: string, type: string): boolean {
  return accept.split(',').some((one) => {
    const range = one.split(';')[0]?.trim().toLowerCase();
    return range === '*/*' || range === type || range === `${type.split('/')[0]}/*`;
  });
}

/** How the message of an error is called on the wire: API Gateway v2 sends its member `Message` as `message`. */
function messageKey(model: ServiceModel, error: string): string {
  const member = errorMessageMember(model, error);
  return model.shapes[error]?.members?.[member]?.name ?? member;
}
