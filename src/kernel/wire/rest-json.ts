/** The rest-json protocol. */
import { jsonCodec } from './codec-json.ts';
import { WireFailure } from './failure.ts';
import { parseJson } from './json.ts';
import type { ServiceModel } from './model.ts';
import type { Protocol, WireRequest } from './protocol.ts';
import { type BodyStyle, restProtocol } from './rest-protocol.ts';

const CONTENT_TYPE = 'application/json';

export function restJsonProtocol(model: ServiceModel): Protocol {
  const codec = jsonCodec(model, true);
  const style: BodyStyle = {
    name: 'rest-json',
    contentType: CONTENT_TYPE,
    checkTypes,
    readBody: (shape, body, payload) => codec.reader(payload ?? { shape })(parseJson(body)),
    writeBody(_, shape, output, payload) {
      if (payload === undefined) return JSON.stringify(codec.writer({ shape: bodyShape(model, shape) })(output));
      const value = output[payload.name];
      return value === undefined || value === null ? undefined : JSON.stringify(codec.writer(payload.member)(value));
    },
    fail(error, bound, headers) {
      headers['x-amzn-errortype'] = error.name;
      const fields = bound === undefined ? {} : (codec.writer({ shape: bodyShape(model, error.name) })(error.fields) as Record<string, unknown>);
      const name = bound?.shape.members !== undefined && 'Message' in bound.shape.members ? 'Message' : 'message';
      return JSON.stringify(error.message === '' ? fields : { ...fields, [name]: error.message });
    },
    event: (member) => ({ contentType: CONTENT_TYPE, write: (value) => JSON.stringify(codec.writer(member)(value)) }),
  };
  return restProtocol(model, style);
}

/** A copy of the shape without the members bound to headers or status, kept in the model under a name of its own. */
function bodyShape(model: ServiceModel, name: string): string {
  const own = `${name} body`;
  const shape = model.shapes[name];
  if (model.shapes[own] === undefined && shape !== undefined) {
    const members = Object.fromEntries(Object.entries(shape.members ?? {}).filter(([, member]) => member.location === undefined));
    model.shapes[own] = { ...shape, members };
  }
  return own;
}

/** AWS's JSON services answer 415 and 406 only where the type can't be right; a missing one is let through. */
function checkTypes(request: WireRequest, expected: { body: string; accept: string | undefined }): void {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const hasBody = !(request.body instanceof Uint8Array) || request.body.length > 0;
  if (type !== undefined && (expected.body === 'none' || expected.body === 'document')) {
    const allowed = type === CONTENT_TYPE || type === 'application/x-amz-json-1.1' || type === 'application/x-amz-json-1.0' || (!hasBody && expected.body === 'none');
    if (!allowed) throw new WireFailure('unsupported-media-type', `Unsupported content type ${type}`);
  }
  if (type === undefined && hasBody && expected.body === 'document' && !looksLikeJson(request.body)) throw new WireFailure('unsupported-media-type', 'Missing content type');
  const accept = request.headers.accept;
  if (accept !== undefined && expected.accept !== undefined && !accepts(accept, expected.accept)) throw new WireFailure('not-acceptable', `Not acceptable: ${accept}`);
}

/** boto3 sends REST JSON bodies without a content type. */
function looksLikeJson(body: unknown): boolean {
  return body instanceof Uint8Array && (body[0] === 0x7b || body[0] === 0x5b);
}

function accepts(accept: string, type: string): boolean {
  return accept.split(',').some((one) => {
    const range = one.split(';')[0]?.trim().toLowerCase();
    return range === '*/*' || range === type || range === `${type.split('/')[0]}/*`;
  });
}
