/** S3's own words for a request that is not what the model says. Source: S3 API Reference, "List of error codes"; answers recorded from AWS. */
import type { ServiceError, Voice } from '#kernel/contract';
import { badKeyArn } from './domain/key-arn.ts';
import {
  badPartNumber,
  invalidArgument,
  invalidEncryption,
  invalidLocation,
  invalidRequest,
  invalidStorageClass,
  invalidUri,
  malformedAcl,
  malformedXml,
  methodNotAllowed,
  missingBody,
  noAttributes,
  noVersioning,
  userKeyMissing,
} from './errors.ts';
import { LIST_BUCKETS_MAX } from './limits.ts';

const ALGORITHM = 'x-amz-sdk-checksum-algorithm';

/** What is said of a value that is none of a member's. Source: recorded answers; those of Object Lock in github.com/versity/versitygw/issues/1142 and 1775. */
const NONE_OF: { readonly [member: string]: (value: string) => ServiceError } = {
  ACL: (value) => invalidArgument('', 'x-amz-acl', value),
  ChecksumMode: () => invalidRequest('Value for x-amz-checksum-mode header is invalid.'),
  ChecksumType: () => invalidRequest('Value for x-amz-checksum-type header is invalid.'),
  EncodingType: (value) => invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', value),
  MetadataDirective: (value) => invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', value),
  ObjectAttributes: (value) => invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', value),
  ObjectLockLegalHoldStatus: (value) =>
    invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", 'x-amz-object-lock-legal-hold', value),
  ObjectLockEventHold: (value) =>
    invalidArgument("Event hold must be either of 'ON' or 'OFF'", 'x-amz-object-lock-event-hold', value),
  ObjectLockMode: (value) => invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', value),
  ObjectOwnership: (value) =>
    invalidArgument(`Invalid x-amz-object-ownership header: ${value}`, 'x-amz-object-ownership'),
  ServerSideEncryption: invalidEncryption,
  StorageClass: invalidStorageClass,
  TaggingDirective: (value) => invalidArgument('Unknown tagging directive.', 'x-amz-tagging-directive', value),
  TransitionDefaultMinimumObjectSize: (value) =>
    invalidRequest(`Invalid TransitionDefaultMinimumObjectSize found: ${value}`),
};

export const voice: Voice = {
  invalid: ([failure], _, operation) => {
    const name = String(failure?.path[0] ?? '');
    const value = String(failure?.value ?? '');
    if (name === 'NotificationConfiguration' && failure?.kind === 'enum')
      return failure.path.includes('FilterRules')
        ? invalidArgument('filter rule name must be either prefix or suffix', 'Name', value)
        : invalidArgument('The event is not supported for notifications', 'Event', value);
    // Source: S3's answer in github.com/versity/versitygw/issues/986.
    if (name === 'AccessControlPolicy') return malformedAcl();
    if (name === 'VersioningConfiguration' && failure?.path.at(-1) === 'Status' && value === '') return noVersioning();
    if (failure?.path.at(-1) === 'LocationConstraint') return invalidLocation(value);
    if (operation === 'DeleteObjects' && failure?.path.at(-1) === 'Key' && failure.kind !== 'required')
      return userKeyMissing();
    if (failure?.path.at(-1) === 'KMSKeyArn' && failure.kind !== 'required') return badKeyArn(value);
    const known = failure?.kind === 'enum' ? NONE_OF[name] : undefined;
    if (known !== undefined) return known(value);
    if (failure === undefined || failure.path.length > 1) return malformedXml();
    if (failure.kind === 'required') return missing(name);
    if (name === 'ChecksumAlgorithm') return unknownAlgorithm(operation);
    if (name === 'MaxBuckets')
      return invalidArgument(
        `Argument max-buckets must be an integer between 1 and ${LIST_BUCKETS_MAX}`,
        'max-buckets',
        value,
      );
    return invalidArgument(`Invalid ${name}`, name, value);
  },
  unreadable: (failure) => {
    const { request, text = '', place = '', address } = failure.detail;
    if (address !== undefined) return invalidUri(address);
    if (failure.kind === 'unknown-operation') return noOperation(request);
    return failure.kind === 'serialization' && failure.found !== undefined && place !== ''
      ? unreadableText(place, text, failure.message)
      : malformedXml();
  },
};

/** Members that are asked for outside of the body. */
const OUTSIDE = new Set(['CopySource', 'Id', 'PartNumber', 'UploadId']);

function missing(name: string): ServiceError {
  if (name === 'ObjectAttributes') return noAttributes();
  return OUTSIDE.has(name) ? invalidRequest(`Missing required header for this request: ${name}`) : missingBody();
}

function unknownAlgorithm(operation: string): ServiceError {
  return operation === 'CreateMultipartUpload' || operation === 'CopyObject'
    ? invalidRequest(
        'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]',
      )
    : invalidRequest(`Value for ${ALGORITHM} header is invalid.`);
}

const COUNTS = new Set(['max-keys', 'max-uploads', 'max-parts', 'max-buckets', 'part-number-marker']);

/** A header or parameter whose text is no value of its type. */
function unreadableText(place: string, text: string, otherwise: string): ServiceError {
  if (COUNTS.has(place))
    return invalidArgument(`Provided ${place} not an integer or within integer range`, place, text);
  if (place === 'partNumber') return badPartNumber(text);
  if (place === 'x-amz-mp-object-size') return invalidRequest(`Value for ${place} header is invalid: '${text}'`);
  if (place === 'x-amz-object-lock-retain-until-date')
    return invalidArgument('The retain until date must be provided in ISO 8601 format', place, text);
  return invalidArgument(otherwise, place, text);
}

/** What S3 says of a method that what the path leads to does not have. */
function noOperation({ method, path } = { method: '', path: '/' }): ServiceError {
  const [, bucket = '', key = ''] = path.split('/');
  if (bucket === '') return methodNotAllowed(method, 'SERVICE', 'GET');
  // Source: S3's answers in aws-amplify/amplify-hosting, issue 3152, FineUploader/fine-uploader, issue 1016.
  if (key !== '') return methodNotAllowed(method, 'OBJECT', 'HEAD, DELETE, GET, PUT');
  // Source: S3's answer in brekkylab/backlot, issue 312.
  return methodNotAllowed(method, 'BUCKET', method === 'PATCH' ? 'HEAD, DELETE, POST, GET, PUT' : undefined);
}
