/** The rest-xml protocol, with S3's two peculiarities: errors without a wrapper and one output without its element. */
import { isBoundInReply, membersOf, shapeOf } from './codec.ts';
import { namespaceAttribute, type XmlCodec, xmlCodec } from './codec-xml.ts';
import { WireFailure } from './failure.ts';
import type { ServiceModel } from './model.ts';
import { type ErrorReply, operationOf, type Protocol, type Reply } from './protocol.ts';
import { codeAndMessage, errorFields } from './query.ts';
import type { Bound } from './rest.ts';
import { type BodyStyle, restProtocol } from './rest-protocol.ts';
import { escapeText, parseXml } from './xml.ts';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The rest-xml protocol over the service's model. */
export function restXmlProtocol(model: ServiceModel): Protocol {
  const codec = xmlCodec(model, model.noErrorWrapping === true);
  const style: BodyStyle = {
    name: 'rest-xml',
    contentType: typeOf(model),
    checkTypes: () => {},
    reader(shape, payload) {
      const read = codec.reader(payload?.member ?? { shape });
      const wanted = payload === undefined ? undefined : (payload.member.name ?? payload.shape.name);
      return (body) => {
        if (body.length === 0) return {};
        const root = parseXml(body.toString('utf8'));
        if (wanted !== undefined && wanted !== root.name)
          throw new WireFailure('serialization', `expected <${wanted}>`);
        return read(root);
      };
    },
    writer(operation, shape, payload) {
      if (operationOf(model, operation).unwrappedOutput === true) return (output) => unwrapped(model, shape, output);
      return payload === undefined ? documentWriter(model, codec, shape) : payloadWriter(model, codec, payload);
    },
    fail: (error, _, __, reply) => failXml(model, error, errorFields(model, codec, error), reply),
    event(member) {
      const write = codec.writer(member);
      const read = codec.reader(member);
      const tag = shapeOf(model, member.shape).name ?? member.shape;
      return {
        contentType: 'text/xml',
        write: (value) => write(value, tag),
        read: (body) => read(parseXml(body.toString('utf8'))),
      };
    },
  };
  return restProtocol(model, style);
}

const typeOf = ({ contentType = 'application/xml' }: ServiceModel) => contentType;

/** An output's members as one document; undefined where HTTP carries them all. */
function documentWriter(
  model: ServiceModel,
  codec: XmlCodec,
  shapeName: string,
): (output: Record<string, unknown>) => string | undefined {
  const shape = shapeOf(model, shapeName);
  if (membersOf(model, shape).every(([, member]) => isBoundInReply(member))) return () => undefined;
  const write = codec.writer({ shape: shapeName, xmlNamespace: shape.xmlNamespace ?? model.xmlNamespace });
  const tag = shape.name ?? shapeName;
  return (output) => DECLARATION + write(output, tag);
}

/** A payload's document; the service's namespace is its own where neither member nor shape has one. */
function payloadWriter(
  model: ServiceModel,
  codec: XmlCodec,
  { name, member, shape }: Bound,
): (output: Record<string, unknown>) => string | undefined {
  const write = codec.writer({
    ...member,
    xmlNamespace: member.xmlNamespace ?? shape.xmlNamespace ?? model.xmlNamespace,
  });
  const tag = member.name ?? shape.name ?? member.shape;
  return (output) => {
    const value = output[name];
    return value === undefined || value === null ? undefined : DECLARATION + write(value, tag);
  };
}

/** S3's GetBucketLocation: the only member is the document element. */
function unwrapped(model: ServiceModel, shape: string, output: Record<string, unknown>): string {
  const [name = ''] = Object.keys(shapeOf(model, shape).members ?? {});
  const value = output[name];
  const open = `${name}${namespaceAttribute(model.xmlNamespace)}`;
  return `${DECLARATION}${value === undefined || value === null || value === '' ? `<${open}/>` : `<${open}>${escapeText(String(value))}</${name}>`}`;
}

function failXml(model: ServiceModel, error: ErrorReply, fields: string, reply: Reply): string {
  // Source: answers of AWS's services to what is no operation, as their clients read them: aws/aws-sdk-js, lib/protocol/query.js.
  if (error.name === 'UnknownOperationException') return `<${error.name}/>\n`;
  const code = codeAndMessage(error) + fields;
  if (model.noErrorWrapping === true)
    return `${DECLARATION}<Error>${code}<RequestId>${reply.requestId}</RequestId><HostId>${reply.hostId ?? ''}</HostId></Error>`;
  const type = error.sender ? 'Sender' : 'Receiver';
  return `${DECLARATION}<ErrorResponse${namespaceAttribute(model.xmlNamespace)}><Error><Type>${type}</Type>${code}</Error><RequestId>${reply.requestId}</RequestId></ErrorResponse>`;
}
