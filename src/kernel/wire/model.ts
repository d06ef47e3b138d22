/** The form in which AWS's API models are kept under models/: what tools/generate writes and the protocols interpret. */

/** `json-cbor`: awsJson in CBOR's dress, which services of `json` answer in to clients that ask in it. */
export type ProtocolName = 'json' | 'json-cbor' | 'query' | 'ec2' | 'rest-json' | 'rest-xml' | 'cbor';

/** What routing needs of a service before its model is loaded (models/index.json). */
export type ServiceHead = {
  /** Our name and file name: the SDK id in kebab-case, `dynamodb-streams`. */
  name: string;
  /** AWS's name of the client, `DynamoDB Streams`. */
  sdkId: string;
  title: string;
  version: string;
  /** Every protocol the service answers, its own first. */
  protocols: ProtocolName[];
  jsonVersion?: '1.0' | '1.1';
  /** Smithy's namespace of the service, where the model knows it (its test models do). */
  namespace?: string;
  /** How the service's own errors call their message, where their shapes don't say. */
  errorMessage?: 'Message';
  /** The part of `X-Amz-Target` before the dot. */
  target?: string;
  /** The first label of the service's host name. */
  endpoint: string;
  /** The service name in a SigV4 credential scope. */
  signing: string;
  xmlNamespace?: string;
  /** With which its documents of the query protocol begin; nothing where it is not said. */
  xmlDeclaration?: string;
  /** The service once spoke query and still gives query's error codes to clients that ask. */
  queryCompatible?: boolean;
  globalEndpoint?: string;
  /** S3: an error is `<Error>`, without `<ErrorResponse>` around it. */
  noErrorWrapping?: boolean;
};

export type ServiceModel = ServiceHead & {
  /** Of its XML, where that is not `application/xml`. */
  contentType?: string;
  source: { package: string; version: string; sha256: string };
  operations: Record<string, OperationModel>;
  shapes: Record<string, ShapeModel>;
};

export type OperationModel = {
  method: string;
  /** Path template with `{label}` and `{greedy+}`, and optionally a literal query: `/{Bucket}?acl`. */
  uri: string;
  status?: number;
  input?: string;
  /** Name and namespace of the XML document element of a rest-xml request. */
  inputName?: string;
  inputNamespace?: string;
  output?: string;
  /** Element that query wraps the output in. */
  resultWrapper?: string;
  errors?: string[];
  readonly?: boolean;
  idempotent?: boolean;
  /** May be called without a signature. */
  noAuth?: boolean;
  /** The signature does not cover the body. */
  unsignedPayload?: boolean;
  checksumRequired?: boolean;
  /** S3's GetBucketLocation: the output's only member is the document element. */
  unwrappedOutput?: boolean;
};

export type MemberModel = {
  shape: string;
  /** Name on the wire, where it differs from the member's. */
  name?: string;
  location?: 'header' | 'headers' | 'uri' | 'querystring' | 'statusCode';
  flattened?: boolean;
  xmlAttribute?: boolean;
  /** `uri`, or `prefix uri`. */
  xmlNamespace?: string | undefined;
  queryName?: string;
  /** Its name in answers of the query protocol in JSON, where it differs from the member's. */
  queryJsonName?: string;
  idempotencyToken?: boolean;
  streaming?: boolean;
  /** JSON text in base64 in a header. */
  jsonvalue?: boolean;
  /** A text that is no value counts as nothing, where others are refused; or one that is empty does. */
  lenient?: boolean | 'empty';
  eventpayload?: boolean;
  eventheader?: boolean;
  timestampFormat?: TimestampFormat;
  /** Modelled default, applied when the client sends nothing. Only Smithy's test models have it. */
  default?: unknown;
};

export type TimestampFormat = 'iso8601' | 'rfc822' | 'unixTimestamp';

export type ShapeType =
  | 'structure'
  | 'list'
  | 'map'
  | 'string'
  | 'character'
  | 'blob'
  | 'boolean'
  | 'timestamp'
  | 'byte'
  | 'short'
  | 'integer'
  | 'long'
  | 'float'
  | 'double'
  | 'bigdecimal'
  | 'biginteger'
  | 'document';

export type ShapeModel = {
  type: ShapeType;
  members?: Record<string, MemberModel>;
  required?: string[];
  member?: MemberModel;
  key?: MemberModel;
  value?: MemberModel;
  /** An element of it has no others than its members, and none that is no list twice. */
  closed?: boolean;
  /** Name of the XML document element. */
  name?: string;
  payload?: string;
  union?: boolean;
  exception?: boolean;
  error?: { code?: string; status?: number; sender?: boolean };
  fault?: boolean;
  eventstream?: boolean;
  event?: boolean;
  xmlNamespace?: string;
  enum?: string[];
  /** The service takes values of `enum`, which are all upper case, in any case. */
  caseless?: boolean;
  min?: number;
  max?: number;
  pattern?: string;
  timestampFormat?: TimestampFormat;
  flattened?: boolean;
  sensitive?: boolean;
  sparse?: boolean;
  streaming?: boolean;
  requiresLength?: boolean;
  document?: boolean;
  /** Only Smithy's test models: members of a list must differ. */
  unique?: boolean;
  /** Only Smithy's test models: an enum over integers. */
  intEnum?: number[];
  /** Only Smithy's test models: values of `enum` that no message tells. */
  internal?: string[];
  /** Only Smithy's test models: the content type of a payload. */
  mediaType?: string;
};
