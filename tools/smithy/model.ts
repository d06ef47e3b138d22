/** Turns a service of a Smithy AST into the compact model that src/kernel/wire interprets, for the protocol tests only. */
import type {
  MemberModel,
  OperationModel,
  ProtocolName,
  ServiceModel,
  ShapeModel,
  ShapeType,
  TimestampFormat,
} from '#kernel/wire';

export type Traits = Record<string, unknown>;
export type AstMember = { target: string; traits?: Traits };
export type AstShape = {
  type: string;
  version?: string;
  traits?: Traits;
  members?: Record<string, AstMember>;
  member?: AstMember;
  key?: AstMember;
  value?: AstMember;
  input?: { target: string };
  output?: { target: string };
  errors?: { target: string }[];
  operations?: { target: string }[];
  rename?: Record<string, string>;
};
export type Ast = { shapes: Record<string, AstShape> };

/** What a service of a suite is made with. */
export type Source = { package: string; version: string; sha256: string };

const UNIT = 'smithy.api#Unit';
const FORMATS: Record<string, TimestampFormat> = {
  'date-time': 'iso8601',
  'http-date': 'rfc822',
  'epoch-seconds': 'unixTimestamp',
};
const TYPES: Record<string, ShapeType> = {
  union: 'structure',
  enum: 'string',
  intEnum: 'integer',
  bigDecimal: 'bigdecimal',
  bigInteger: 'biginteger',
  set: 'list',
};
const CONSTRAINTS = ['smithy.api#length', 'smithy.api#range', 'smithy.api#pattern'] as const;

/** The service's operations and every shape they reach, each under a name of its own. */
export function smithyModel(ast: Ast, id: string, wire: ProtocolName, source: Source): ServiceModel {
  const service = shapeIn(ast, id);
  const traits = service.traits ?? {};
  const build = shapeBuilder(ast, service, wire);
  const operations: Record<string, OperationModel> = {};
  for (const { target } of [...(service.operations ?? [])].sort((a, b) => (a.target < b.target ? -1 : 1)))
    operations[localName(target)] = operationOf(ast, target, service, build.name);
  const name = localName(id);
  const rest = traits['aws.protocols#restXml'] as { noErrorWrapping?: boolean } | undefined;
  return prune({
    name: name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase(),
    sdkId: (traits['aws.api#service'] as { sdkId?: string } | undefined)?.sdkId ?? name,
    title: (traits['smithy.api#title'] as string | undefined) ?? name,
    version: service.version ?? '',
    namespace: id.slice(0, id.indexOf('#')),
    source,
    protocols: [wire],
    jsonVersion:
      traits['aws.protocols#awsJson1_0'] !== undefined
        ? '1.0'
        : traits['aws.protocols#awsJson1_1'] !== undefined
          ? '1.1'
          : undefined,
    target: name,
    endpoint: name.toLowerCase(),
    signing: name.toLowerCase(),
    xmlNamespace: namespaceOf(traits),
    queryCompatible: flag(traits['aws.protocols#awsQueryCompatible']),
    noErrorWrapping: flag(rest?.noErrorWrapping),
    operations,
    shapes: Object.fromEntries([...build.shapes].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
}

/** Ids of the operations and error shapes whose tests belong to the service. */
export function testedIn(ast: Ast, id: string): { operations: string[]; errors: string[] } {
  const service = shapeIn(ast, id);
  const operations = (service.operations ?? []).map(({ target }) => target).sort();
  const errors = new Set((service.errors ?? []).map(({ target }) => target));
  for (const operation of operations) for (const { target } of shapeIn(ast, operation).errors ?? []) errors.add(target);
  return { operations, errors: [...errors].sort() };
}

/** The name behind the `#` of a shape id. */
export const localName = (id: string) => id.slice(id.indexOf('#') + 1);

function shapeIn(ast: Ast, id: string): AstShape {
  const shape = ast.shapes[id] ?? (id.startsWith('smithy.api#') ? preludeShape(id) : undefined);
  if (shape === undefined) throw new Error(`the AST has no ${id}`);
  return shape;
}

/** The prelude is left out of an AST: its simple types are named after themselves. */
function preludeShape(id: string): AstShape {
  if (id === UNIT) return { type: 'structure', members: {} };
  const name = localName(id).replace(/^Primitive/, '');
  return { type: name.charAt(0).toLowerCase() + name.slice(1) };
}

function operationOf(ast: Ast, id: string, service: AstShape, name: (id: string) => string): OperationModel {
  const operation = shapeIn(ast, id);
  const traits = operation.traits ?? {};
  const http = (traits['smithy.api#http'] ?? { method: 'POST', uri: '/' }) as {
    method: string;
    uri: string;
    code?: number;
  };
  const shape = (side: { target: string } | undefined) =>
    side === undefined || side.target === UNIT ? undefined : name(side.target);
  return prune({
    method: http.method,
    uri: http.uri,
    status: http.code === 200 ? undefined : http.code,
    input: shape(operation.input),
    output: shape(operation.output),
    errors: [...(operation.errors ?? []), ...(service.errors ?? [])].map(({ target }) => name(target)),
    readonly: flag(traits['smithy.api#readonly']),
    idempotent: flag(traits['smithy.api#idempotent']),
    checksumRequired: flag(traits['smithy.api#httpChecksumRequired']),
    unwrappedOutput: flag(traits['aws.customizations#s3UnwrappedXmlOutput']),
  });
}

function shapeBuilder(
  ast: Ast,
  service: AstShape,
  wire: ProtocolName,
): { name(id: string): string; shapes: Map<string, ShapeModel> } {
  const names = new Map<string, string>();
  const shapes = new Map<string, ShapeModel>();

  function name(id: string): string {
    const known = names.get(id);
    if (known !== undefined) return known;
    const plain = service.rename?.[id] ?? localName(id);
    const free = shapes.has(plain) ? `${plain}_${id.slice(0, id.indexOf('#')).split('.').at(-1)}` : plain;
    names.set(id, free);
    shapes.set(free, { type: 'structure' });
    shapes.set(free, shapeModel(shapeIn(ast, id)));
    return free;
  }

  function shapeModel(raw: AstShape): ShapeModel {
    const traits = raw.traits ?? {};
    const members = Object.entries(raw.members ?? {});
    const isSimple = raw.type === 'enum' || raw.type === 'intEnum';
    return prune({
      type: TYPES[raw.type] ?? (raw.type as ShapeType),
      ...shapeTraits(raw, traits, wire),
      members:
        isSimple || raw.members === undefined
          ? undefined
          : Object.fromEntries(members.map(([key, member]) => [key, memberModel(member, key)])),
      required: isSimple
        ? undefined
        : orUndefined(
            members.filter(([, member]) => member.traits?.['smithy.api#required'] !== undefined).map(([key]) => key),
          ),
      payload: members.find(([, member]) => member.traits?.['smithy.api#httpPayload'] !== undefined)?.[0],
      member: raw.member && memberModel(raw.member),
      key: raw.key && memberModel(raw.key),
      value: raw.value && memberModel(raw.value),
    });
  }

  const memberModel = (raw: AstMember, key?: string) =>
    memberOf(raw, key, wire, constrained(raw.target, raw.traits ?? {}), shapeIn(ast, raw.target));

  /** The compact model has constraints on shapes only: a member's own make a shape of its own. */
  function constrained(id: string, traits: Traits): string {
    const own = CONSTRAINTS.filter((trait) => traits[trait] !== undefined);
    if (own.length === 0) return name(id);
    const limits = Object.fromEntries(own.map((trait) => [trait, traits[trait]]));
    const plain = `${name(id)}${JSON.stringify(Object.values(limits)).replaceAll(/[^A-Za-z0-9]+/g, '_')}`;
    shapes.set(plain, shapeModel({ ...shapeIn(ast, id), traits: { ...shapeIn(ast, id).traits, ...limits } }));
    return plain;
  }

  return { name, shapes };
}

/** @param shape name of the target in the compact model */
function memberOf(
  raw: AstMember,
  key: string | undefined,
  wire: ProtocolName,
  shape: string,
  target: AstShape,
): MemberModel {
  const traits = raw.traits ?? {};
  const flattened = flag(traits['smithy.api#xmlFlattened']);
  const binding = bindingOf(traits);
  const xmlName = traits['smithy.api#xmlName'] as string | undefined;
  const jsonName = traits['smithy.api#jsonName'] as string | undefined;
  const named =
    wire === 'rest-json'
      ? jsonName
      : (xmlName ?? (wire === 'rest-xml' || wire === 'query' || wire === 'ec2' ? undefined : jsonName));
  const given = traits['smithy.api#default'];
  const json = binding.location === 'header' && target.traits?.['smithy.api#mediaType'] === 'application/json';
  return prune({
    shape,
    name: binding.name ?? named ?? (flattened === true ? key : undefined),
    location: binding.location,
    flattened,
    xmlAttribute: flag(traits['smithy.api#xmlAttribute']),
    xmlNamespace: namespaceOf(traits),
    queryName: traits['aws.protocols#ec2QueryName'] as string | undefined,
    idempotencyToken: flag(traits['smithy.api#idempotencyToken']),
    jsonvalue: json ? true : undefined,
    eventpayload: flag(traits['smithy.api#eventPayload']),
    eventheader: flag(traits['smithy.api#eventHeader']),
    timestampFormat: FORMATS[traits['smithy.api#timestampFormat'] as string],
    default: given === null ? undefined : given,
  });
}

function shapeTraits(raw: AstShape, traits: Traits, wire: ProtocolName): Partial<ShapeModel> {
  const bounds = (traits['smithy.api#length'] ?? traits['smithy.api#range'] ?? {}) as { min?: number; max?: number };
  const sender = traits['smithy.api#error'];
  const query = (traits['aws.protocols#awsQueryError'] ?? {}) as { code?: string; httpResponseCode?: number };
  const status =
    (wire === 'query' ? query.httpResponseCode : undefined) ??
    traits['smithy.api#httpError'] ??
    (sender === 'client' ? 400 : 500);
  const values = Object.entries(raw.members ?? {}).map(
    ([key, member]) => member.traits?.['smithy.api#enumValue'] ?? key,
  );
  const entries = (traits['smithy.api#enum'] ?? []) as { value: string; tags?: string[] }[];
  const internal = [
    ...Object.entries(raw.type === 'enum' ? (raw.members ?? {}) : {})
      .filter(([, member]) => member.traits?.['smithy.api#internal'] !== undefined)
      .map(([key, member]) => (member.traits?.['smithy.api#enumValue'] ?? key) as string),
    ...entries.filter(({ tags }) => tags?.includes('internal') === true).map(({ value }) => value),
  ];
  return {
    name: traits['smithy.api#xmlName'] as string | undefined,
    union: raw.type === 'union' ? true : undefined,
    exception: sender === undefined ? undefined : true,
    fault: sender === 'server' ? true : undefined,
    error:
      sender === undefined
        ? undefined
        : prune({ code: query.code, status: status as number, sender: sender === 'client' ? true : undefined }),
    eventstream: raw.type === 'union' ? flag(traits['smithy.api#streaming']) : undefined,
    xmlNamespace: namespaceOf(traits),
    enum: raw.type === 'enum' ? (values as string[]) : orUndefined(entries.map(({ value }) => value)),
    internal: orUndefined(internal),
    intEnum: raw.type === 'intEnum' ? (values as number[]) : undefined,
    ...bounds,
    pattern: traits['smithy.api#pattern'] as string | undefined,
    timestampFormat: FORMATS[traits['smithy.api#timestampFormat'] as string],
    sensitive: flag(traits['smithy.api#sensitive']),
    sparse: flag(traits['smithy.api#sparse']),
    streaming: raw.type === 'union' ? undefined : flag(traits['smithy.api#streaming']),
    requiresLength: flag(traits['smithy.api#requiresLength']),
    unique: flag(traits['smithy.api#uniqueItems']),
    mediaType: traits['smithy.api#mediaType'] as string | undefined,
  } as Partial<ShapeModel>;
}

function bindingOf(traits: Traits): { location?: MemberModel['location']; name?: string } {
  if (traits['smithy.api#httpHeader'] !== undefined)
    return { location: 'header', name: traits['smithy.api#httpHeader'] as string };
  if (traits['smithy.api#httpPrefixHeaders'] !== undefined)
    return { location: 'headers', name: traits['smithy.api#httpPrefixHeaders'] as string };
  if (traits['smithy.api#httpQuery'] !== undefined)
    return { location: 'querystring', name: traits['smithy.api#httpQuery'] as string };
  if (traits['smithy.api#httpQueryParams'] !== undefined) return { location: 'querystring' };
  if (traits['smithy.api#httpLabel'] !== undefined) return { location: 'uri' };
  return traits['smithy.api#httpResponseCode'] === undefined ? {} : { location: 'statusCode' };
}

function namespaceOf(traits: Traits): string | undefined {
  const raw = traits['smithy.api#xmlNamespace'] as { uri: string; prefix?: string } | undefined;
  if (raw === undefined) return undefined;
  return raw.prefix === undefined ? raw.uri : `${raw.prefix} ${raw.uri}`;
}

const flag = (trait: unknown): true | undefined => (trait === undefined || trait === false ? undefined : true);
const orUndefined = <T>(list: T[]): T[] | undefined => (list.length === 0 ? undefined : list);

function prune<T extends object>(value: { [key in keyof T]: T[key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
