/** The rest-xml protocol, with S3's two peculiarities: errors without a wrapper and one output without its element. */
import { membersOf, shapeOf } from './codec.ts';
import { namespaceAttribute, xmlCodec } from './codec-xml.ts';
import { WireFailure } from './failure.ts';
import type { MemberModel, ServiceModel } from './model.ts';
import { type ErrorReply, operationOf, type Protocol, type Reply } from './protocol.ts';
import { errorFields } from './query.ts';
import { type BodyStyle, restProtocol } from './rest-protocol.ts';
import { escapeText, parseXml } from './xml.ts';

const CONTENT_TYPE = 'application/xml';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

export function restXmlProtocol(model: ServiceModel): Protocol {
  const codec = xmlCodec(model);
  const space = (shape: string, member?: MemberModel) => namespaceAttribute(member?.xmlNamespace ?? shapeOf(model, shape).xmlNamespace ?? model.xmlNamespace);

  const style: BodyStyle = {
    name: 'rest-xml',
    contentType: CONTENT_TYPE,
    checkTypes: () => {},
    readBody(shape, body, payload) {
      if (body.length === 0) return {};
      const root = parseXml(body.toString('utf8'));
      const wanted = payload?.name ?? shapeOf(model, shape).name;
      if (wanted !== undefined && wanted !== root.name && payload !== undefined) throw new WireFailure('serialization', `expected <${wanted}>`);
      return codec.reader(payload ?? { shape })(root);
    },
    writeBody(operation, shape, output, payload) {
      if (operationOf(model, operation).unwrappedOutput === true) return unwrapped(model, shape, output);
      if (payload !== undefined) {
        const value = output[payload.name];
        if (value === undefined || value === null) return undefined;
        const target = payload.member.shape;
        const tag = payload.member.name ?? shapeOf(model, target).name ?? target;
        return `${DECLARATION}${element(codec.writer({ ...payload.member, name: tag }), value, tag, payload.member, model)}`;
      }
      const members = membersOf(model, shapeOf(model, shape)).filter(([, member]) => member.location === undefined);
      if (members.length === 0) return undefined;
      const tag = shapeOf(model, shape).name ?? shape;
      return `${DECLARATION}<${tag}${space(shape)}>${codec.writeBody(shape)(output)}</${tag}>`;
    },
    fail: (error, _, __, reply) => failXml(model, error, errorFields(model, codec, error), reply),
    event: (member) => ({ contentType: 'text/xml', write: (value) => codec.writer(member)(value, shapeOf(model, member.shape).name ?? member.shape) }),
  };
  return restProtocol(model, style);
}

/** A payload's element; the service's namespace is its own where the shape has none. */
function element(write: (value: unknown, tag: string) => string, value: unknown, tag: string, member: MemberModel, model: ServiceModel): string {
  const text = write(value, tag);
  const declared = member.xmlNamespace ?? shapeOf(model, member.shape).xmlNamespace;
  return declared !== undefined || model.xmlNamespace === undefined ? text : text.replace(`<${tag}`, `<${tag}${namespaceAttribute(model.xmlNamespace)}`);
}

/** S3's GetBucketLocation: the only member is the document element. */
function unwrapped(model: ServiceModel, shape: string, output: Record<string, unknown>): string {
  const [name = ''] = Object.keys(shapeOf(model, shape).members ?? {});
  const value = output[name];
  const open = `${name}${namespaceAttribute(model.xmlNamespace)}`;
  return `${DECLARATION}${value === undefined || value === null || value === '' ? `<${open}/>` : `<${open}>${escapeText(String(value))}</${name}>`}`;
}

function failXml(model: ServiceModel, error: ErrorReply, fields: string, reply: Reply): string {
  const code = `<Code>${escapeText(error.code)}</Code><Message>${escapeText(error.message)}</Message>${fields}`;
  if (model.noErrorWrapping === true) {
    const resource = reply.resource === undefined ? '' : `<Resource>${escapeText(reply.resource)}</Resource>`;
    return `${DECLARATION}<Error>${code}${resource}<RequestId>${reply.requestId}</RequestId><HostId>${reply.hostId ?? ''}</HostId></Error>`;
  }
  const type = error.sender ? 'Sender' : 'Receiver';
  return `${DECLARATION}<ErrorResponse${namespaceAttribute(model.xmlNamespace)}><Error><Type>${type}</Type>${code}</Error><RequestId>${reply.requestId}</RequestId></ErrorResponse>`;
}
