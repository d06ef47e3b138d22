/** Every protocol by name. */
import { cborProtocol } from './cbor.ts';
import { jsonProtocol } from './json.ts';
import { jsonCborProtocol } from './json-cbor.ts';
import type { ProtocolName, ServiceModel } from './model.ts';
import type { Protocol } from './protocol.ts';
import { ec2Protocol, queryProtocol } from './query.ts';
import { restJsonProtocol } from './rest-json.ts';
import { restXmlProtocol } from './rest-xml.ts';

const PROTOCOLS: { readonly [name in ProtocolName]: (model: ServiceModel) => Protocol } = {
  json: jsonProtocol,
  'json-cbor': jsonCborProtocol,
  query: queryProtocol,
  ec2: ec2Protocol,
  'rest-json': restJsonProtocol,
  'rest-xml': restXmlProtocol,
  cbor: cborProtocol,
};

/** The protocol over the service's model. */
export function protocolOf(model: ServiceModel, name: ProtocolName): Protocol {
  return PROTOCOLS[name](model);
}
