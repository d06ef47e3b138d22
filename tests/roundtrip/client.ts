/** Clients of the AWS SDK: one per model and protocol, pointed at the test's own server, and what they know of the model. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { MemberModel, ProtocolName, ServiceModel, ShapeModel } from '#kernel/wire';

const require = createRequire(new URL('./clients/package.json', import.meta.url));

type Exports = { readonly [name: string]: unknown };
type Middleware = (next: (args: Args) => Promise<unknown>) => (args: Args) => Promise<unknown>;
type Args = { request: { hostname: string } };

export type SdkClient = {
  config: { protocol?: { getShapeId?: () => string }; protocolSettings?: Record<string, unknown> };
  middlewareStack: { add(middleware: Middleware, options: { step: 'finalizeRequest'; priority: 'low' }): void };
  send(command: unknown): Promise<Record<string, unknown>>;
  destroy(): void;
};

export type Sdk = {
  version: string;
  /** `Class` of a command, an error or the client; undefined when this version has none of that name. */
  classOf(name: string): (new (input: unknown) => object) | undefined;
  /** It is older than the SDK's schemas: its protocol is fixed, and in JSON it rounds instants to seconds. */
  isOld: boolean;
  /** Whether the client knows a member. */
  has(shape: string, member: string): boolean;
  /** Protocols the client can be made to speak, its own first. */
  protocols: ProtocolName[];
  client(port: number, protocol: ProtocolName): SdkClient;
};

/** No client of JavaScript speaks awsJson in CBOR: no class is called so. */
const PROTOCOLS: { readonly [name in ProtocolName]: string } = {
  json: 'AwsJson1_1Protocol',
  'json-cbor': 'AwsJsonCborProtocol',
  query: 'AwsQueryProtocol',
  ec2: 'AwsEc2QueryProtocol',
  'rest-json': 'AwsRestJsonProtocol',
  'rest-xml': 'AwsRestXmlProtocol',
  cbor: 'AwsSmithyRpcV2CborProtocol',
};
const OWN: { readonly [shapeId: string]: ProtocolName } = {
  'aws.protocols#awsJson1_0': 'json',
  'aws.protocols#awsJson1_1': 'json',
  'aws.protocols#awsQuery': 'query',
  'aws.protocols#ec2Query': 'ec2',
  'aws.protocols#restJson1': 'rest-json',
  'aws.protocols#restXml': 'rest-xml',
  'smithy.protocols#rpcv2Cbor': 'cbor',
};

type Signable = { headers: Record<string, string> };

function named(request: Signable): Signable {
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${at.slice(0, 8)}/us-east-1/cloudfront-keyvaluestore/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=123456789012/${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  Object.assign(request.headers, { authorization, 'x-amz-date': at });
  return request;
}

/** What some clients need so that they say just what they are told. */
const OPTIONS: { readonly [service: string]: Record<string, unknown> } = {
  s3: {
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
  },
  sqs: { md5: false, useQueueUrlAsEndpoint: false },
  // It signs by version 4a, for which it has nothing of its own; here a signature only says which service is meant.
  'cloudfront-keyvaluestore': { signer: { sign: async (request: Signable) => named(request) } },
};

/** The installed client of a model's service. */
export function sdkOf(model: ServiceModel): Sdk {
  const name = `@aws-sdk/client-${model.name}`;
  const all = require(name) as Exports;
  const { version } = require(`${name}/package.json`) as { version: string };
  const Client = clientClass(all);
  const probe = new Client({ region: 'us-east-1' });
  const ownId = probe.config.protocol?.getShapeId?.();
  probe.destroy();
  const own = ownId === undefined ? model.protocols[0] : OWN[ownId];
  if (own === undefined) throw new Error(`${name} speaks ${ownId}`);
  const members = ownId === undefined ? declaredMembers(name) : schemaMembers(model, all);
  return {
    version,
    isOld: ownId === undefined,
    protocols: ownId === undefined ? [own] : [own, ...model.protocols.filter((one) => one !== own)],
    classOf: (one) => all[one] as (new (input: unknown) => object) | undefined,
    has: (shape, member) => members.get(shape)?.has(member) ?? true,
    client(port, protocol) {
      const config = {
        endpoint: `http://localhost:${port}`,
        region: 'us-east-1',
        credentials: { accessKeyId: '123456789012', secretAccessKey: 'test' },
        maxAttempts: 1,
        ...OPTIONS[model.name],
      };
      const make = (more: object) => new Client({ ...config, ...more });
      const client = protocol === own ? make({}) : speaking(make({}), make, model, protocol);
      client.middlewareStack.add(toLoopback, { step: 'finalizeRequest', priority: 'low' });
      return client;
    },
  };
}

/** A host prefix (`sync-`, an account id) stays in the Host header; the connection goes to the test's server. */
const toLoopback: Middleware = (next) => (args) => {
  args.request.hostname = 'localhost';
  return next(args);
};

function clientClass(all: Exports): new (config: object) => SdkClient {
  const name = Object.keys(all).find(
    (one) => one.endsWith('Client') && Object.hasOwn(all, `${one.slice(0, -'Client'.length)}ServiceException`),
  );
  return all[name as string] as new (
    config: object,
  ) => SdkClient;
}

/** The same client with another protocol of the SDK's core. */
function speaking(
  own: SdkClient,
  make: (more: object) => SdkClient,
  model: ServiceModel,
  name: ProtocolName,
): SdkClient {
  const core = require('@aws-sdk/core/protocols') as Exports;
  const json = model.jsonVersion === '1.0' ? 'AwsJson1_0Protocol' : 'AwsJson1_1Protocol';
  const protocolSettings = {
    ...own.config.protocolSettings,
    version: model.version,
    ...(model.target !== undefined && { serviceTarget: model.target }),
    xmlNamespace: model.xmlNamespace,
  };
  own.destroy();
  return make({ protocol: core[name === 'json' ? json : PROTOCOLS[name]], protocolSettings });
}

/** Member names of each of the model's structures as the client's schemas have them, found by walking both side by side. */
function schemaMembers(model: ServiceModel, all: Exports): Map<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();

  function walk(name: string, reference: unknown): void {
    const schema = schemaAt(reference);
    const shape = model.shapes[name] as ShapeModel;
    if (schema === undefined) return;
    if (shape.type === 'list') walk((shape.member as MemberModel).shape, schema[4]);
    else if (shape.type === 'map') walk((shape.value as MemberModel).shape, schema[5]);
    else if (shape.members !== undefined && Array.isArray(schema[4])) {
      if (found.has(name)) return;
      const names = schema[4] as string[];
      found.set(name, new Set(names));
      for (const [member, target] of Object.entries(shape.members)) {
        const at = names.indexOf(member);
        if (at !== -1) walk(target.shape, (schema[5] as unknown[])[at]);
      }
    }
  }

  for (const [operation, { input, output, errors }] of Object.entries(model.operations)) {
    const schema = all[`${operation}$`] as unknown[] | undefined;
    if (schema === undefined) continue;
    if (input !== undefined) walk(input, schema[4]);
    if (output !== undefined) walk(output, schema[5]);
    for (const error of errors ?? []) walk(error, all[`${error}$`]);
  }
  return found;
}

/** The same from the declarations of a client without schemas. */
function declaredMembers(name: string): Map<string, ReadonlySet<string>> {
  const folder = join(dirname(require.resolve(`${name}/package.json`)), 'dist-types/models');
  const text = readdirSync(folder)
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const found = new Map<string, ReadonlySet<string>>();
  for (const [, shape = '', body = ''] of text.matchAll(
    /^export (?:declare class|interface) (\w+)[^\n]*\{\n(.*?)^\}/gms,
  ))
    found.set(
      shape,
      new Set([...body.matchAll(/^ {4}(?:readonly )?(\w+)\??:/gm)].map(([, member]) => member as string)),
    );
  return found;
}

/** `[…]`, a function that gives it, or a pair of one of these and traits; a number stands for a simple type. */
function schemaAt(reference: unknown): unknown[] | undefined {
  if (typeof reference === 'function') return schemaAt(reference());
  if (!Array.isArray(reference)) return undefined;
  return reference.length === 2 ? schemaAt(reference[0]) : reference;
}
