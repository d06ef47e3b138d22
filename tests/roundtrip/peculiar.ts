/** What single clients do to single members: those that can't have just any value, and what the SDK adds or changes by itself. */
import type { ServiceModel } from '#kernel/wire';

type Values = Record<string, unknown>;

/** `service/Shape.member` → a value, each for the reason beside it; `*` stands for any shape. */
const GIVEN: { readonly [member: string]: unknown } = {
  // A bucket's name goes through the endpoint rules.
  's3/*.Bucket': 'photos-2026',
  // The model has algorithms that this client does not.
  's3/*.ChecksumAlgorithm': 'CRC32',
  // The client has a text where the model has a number.
  's3/*.PartNumberMarker': 7,
  's3/*.NextPartNumberMarker': 7,
  // The account in it becomes one of the host name.
  'cloudfront-keyvaluestore/*.KvsARN':
    'arn:aws:cloudfront::123456789012:key-value-store/a1b2c3d4-5678-90ab-cdef-0123456789ab',
  // These become labels of a host name.
  's3/*.RequestRoute': 'route',
  's3-control/*.AccountId': '123456789012',
  's3-control/*.OutpostId': 'op-01ac5d28a6a232904',
  // The client takes and gives a number where the model has a text.
  'route-53/*.MaxItems': '100',
  // The client signs an address for the source Region, which must be one.
  'ec2/*.SourceRegion': 'eu-west-1',
  'rds/*.SourceRegion': 'eu-west-1',
};

/** Members that the SDK fills in when the caller does not. */
const ADDED: ReadonlySet<string> = new Set([
  // Every request accepts JSON.
  'api-gateway/GetExportRequest.accepts',
  // The query of an import has its own constants, and a map of the whole query has all of it.
  'api-gateway/ImportRestApiRequest.parameters',
  'api-gateway/PutRestApiRequest.parameters',
  // Where an operation needs a checksum, the client makes one.
  's3/*.ChecksumAlgorithm',
  's3/*.ChecksumCRC32',
  's3/*.ContentLength',
  's3/*.ContentType',
  'ec2/CopySnapshotRequest.DestinationRegion',
  'ec2/CopySnapshotRequest.PresignedUrl',
  // The tree hash of the body.
  'glacier/*.checksum',
]);

/** A member's value where any other would not do. */
export function givenValue(model: ServiceModel, shape: string, member: string): unknown {
  // AWS's servers name the error's shape in this header, whatever member the model binds to it.
  if (model.shapes[shape]?.members?.[member]?.name?.toLowerCase() === 'x-amzn-errortype') return shape;
  const given = GIVEN[`${model.name}/${shape}.${member}`] ?? GIVEN[`${model.name}/*.${member}`];
  return model.shapes[model.shapes[shape]?.members?.[member]?.shape ?? '']?.members === undefined ? given : undefined;
}

/** Outputs that S3 never leaves out: its client takes an answer without a body for a broken one. */
const ALWAYS: ReadonlySet<string> = new Set([
  's3/CopyObjectOutput.CopyObjectResult',
  's3/UploadPartCopyOutput.CopyPartResult',
]);

/** Whether the client needs a member that the model does not require. */
export function isAlways(model: ServiceModel, shape: string, member: string): boolean {
  return ALWAYS.has(`${model.name}/${shape}.${member}`);
}

/** The input without what the SDK added: a member, or keys of a map. */
export function withoutAdded(service: string, shape: string, found: Values, sent: Values): Values {
  const result = { ...found };
  for (const member of Object.keys(found)) {
    if (!ADDED.has(`${service}/${shape}.${member}`) && !ADDED.has(`${service}/*.${member}`)) continue;
    const own = sent[member];
    if (own === undefined) delete result[member];
    else if (typeof own === 'object' && own !== null)
      result[member] = Object.fromEntries(Object.keys(own).map((key) => [key, (found[member] as Values)[key]]));
  }
  return result;
}

/**
 * An output as both sides see it: the status is there also when it was not given, as is the type of a body, and where
 * the client's type is another one than the model's, values are texts.
 */
export function plainOutput(model: ServiceModel, shape: string, output: Values, sent: Values): Values {
  const members = model.shapes[shape]?.members ?? {};
  const isThere = (member: string) =>
    members[member]?.location === 'statusCode' ||
    members[member]?.location === 'headers' ||
    ['content-type', 'content-length'].includes(members[member]?.name?.toLowerCase() ?? '');
  return Object.fromEntries(
    Object.entries(output)
      .filter(([member]) => sent[member] !== undefined || !isThere(member))
      .map(([member, value]) => [member, givenValue(model, shape, member) === undefined ? value : String(value)]),
  );
}
