/** Turns a botocore model into the compact form that src/kernel/wire interprets: no documentation, only what the wire and validation need. */
import type { MemberModel, OperationModel, ProtocolName, ServiceModel, ShapeModel } from '#kernel/wire';
import type { BotocoreModel } from './botocore.ts';

const PROTOCOLS: Record<string, ProtocolName> = {
  json: 'json',
  query: 'query',
  ec2: 'ec2',
  'rest-json': 'rest-json',
  'rest-xml': 'rest-xml',
  'smithy-rpc-v2-cbor': 'cbor',
};

const MEMBER_TRAITS = [
  'location',
  'flattened',
  'xmlAttribute',
  'xmlNamespace',
  'queryName',
  'idempotencyToken',
  'streaming',
  'jsonvalue',
  'eventpayload',
  'eventheader',
  'timestampFormat',
] as const;

const SHAPE_TRAITS = [
  'required',
  'payload',
  'union',
  'exception',
  'fault',
  'eventstream',
  'event',
  'xmlNamespace',
  'enum',
  'min',
  'max',
  'pattern',
  'timestampFormat',
  'flattened',
  'sensitive',
  'sparse',
  'streaming',
  'requiresLength',
  'document',
] as const;

/** `Elastic Load Balancing v2` → `elastic-load-balancing-v2`: the name AWS's JavaScript clients use, and our file name. */
export function serviceName(sdkId: string): string {
  return sdkId.toLowerCase().replaceAll(' ', '-');
}

/** The compact model of one service. `source` is recorded so that a reader can find what it was made from. */
export function compactModel(raw: BotocoreModel, source: { version: string; sha256: string }): ServiceModel {
  const meta = raw.metadata as Record<string, string> & { protocols?: string[]; awsQueryCompatible?: unknown };
  const protocols = (meta.protocols ?? [meta.protocol as string]).map((name) => {
    const known = PROTOCOLS[name];
    if (known === undefined) throw new Error(`${meta.serviceId}: unknown protocol ${name}`);
    return known;
  });
  return prune({
    name: serviceName(meta.serviceId as string),
    sdkId: meta.serviceId as string,
    title: meta.serviceFullName as string,
    version: meta.apiVersion as string,
    source: { package: 'botocore', ...source },
    protocols,
    jsonVersion: meta.jsonVersion as '1.0' | '1.1' | undefined,
    target: meta.targetPrefix,
    endpoint: meta.endpointPrefix as string,
    signing: meta.signingName ?? (meta.endpointPrefix as string),
    xmlNamespace: xmlNamespace(meta.xmlNamespace),
    queryCompatible: meta.awsQueryCompatible === undefined ? undefined : true,
    globalEndpoint: meta.globalEndpoint,
    operations: mapValues(raw.operations, compactOperation),
    shapes: mapValues(raw.shapes, compactShape),
  });
}

function compactOperation(raw: Record<string, unknown>): OperationModel {
  const http = raw.http as { method: string; requestUri: string; responseCode?: number };
  const input = raw.input as { shape: string; locationName?: string; xmlNamespace?: unknown } | undefined;
  const output = raw.output as { shape: string; resultWrapper?: string } | undefined;
  const checksum = raw.httpChecksum as Record<string, unknown> | undefined;
  return prune({
    method: http.method,
    uri: http.requestUri,
    status: http.responseCode,
    input: input?.shape,
    inputName: input?.locationName,
    inputNamespace: xmlNamespace(input?.xmlNamespace),
    output: output?.shape,
    resultWrapper: output?.resultWrapper,
    errors: ((raw.errors as { shape: string }[] | undefined) ?? []).map((error) => error.shape),
    readonly: raw.readonly === true ? true : undefined,
    idempotent: raw.idempotent === true ? true : undefined,
    noAuth: raw.authtype === 'none' ? true : undefined,
    unsignedPayload: raw.unsignedPayload === true || raw.authtype === 'v4-unsigned-body' ? true : undefined,
    checksumRequired:
      checksum?.requestChecksumRequired === true || raw.httpChecksumRequired === true ? true : undefined,
  });
}

function compactShape(raw: Record<string, unknown>): ShapeModel {
  const shape: Record<string, unknown> = { type: raw.type };
  for (const trait of SHAPE_TRAITS)
    if (isSet(raw[trait])) shape[trait] = trait === 'xmlNamespace' ? xmlNamespace(raw[trait]) : raw[trait];
  if (raw.locationName !== undefined) shape.name = raw.locationName;
  const error = raw.error as { code?: string; httpStatusCode?: number; senderFault?: boolean } | undefined;
  if (error !== undefined)
    shape.error = prune({ code: error.code, status: error.httpStatusCode, sender: error.senderFault });
  if (raw.members !== undefined)
    shape.members = mapValues(raw.members as Record<string, Record<string, unknown>>, compactMember);
  if (raw.member !== undefined) shape.member = compactMember(raw.member as Record<string, unknown>);
  if (raw.key !== undefined) shape.key = compactMember(raw.key as Record<string, unknown>);
  if (raw.value !== undefined) shape.value = compactMember(raw.value as Record<string, unknown>);
  return shape as ShapeModel;
}

function compactMember(raw: Record<string, unknown>): MemberModel {
  const member: Record<string, unknown> = { shape: raw.shape };
  if (raw.locationName !== undefined) member.name = raw.locationName;
  for (const trait of MEMBER_TRAITS)
    if (isSet(raw[trait])) member[trait] = trait === 'xmlNamespace' ? xmlNamespace(raw[trait]) : raw[trait];
  return member as MemberModel;
}

/** botocore writes a namespace as `"uri"` or `{uri, prefix}`; the compact form is `"uri"` or `"prefix uri"`. */
function xmlNamespace(raw: unknown): string | undefined {
  if (raw === undefined || typeof raw === 'string') return raw;
  const { uri, prefix } = raw as { uri: string; prefix?: string };
  return prefix === undefined || prefix === '' ? uri : `${prefix} ${uri}`;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

function prune<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => isSet(member))) as T;
}

function mapValues<A, B>(values: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
