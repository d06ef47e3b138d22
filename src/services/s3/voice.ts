/** S3's own words for a request that is not what the model says. Source: S3 API Reference, "List of error codes"; answers recorded from AWS. */
import type { ServiceError, Voice } from '#kernel/contract';
import {
  invalidArgument,
  invalidEncryption,
  invalidLocation,
  invalidRequest,
  invalidStorageClass,
  malformedXml,
  methodNotAllowed,
} from './errors.ts';

export const voice: Voice = {
  invalid: ([failure]) => {
    const name = String(failure?.path[0] ?? '');
    const value = String(failure?.value ?? '');
    if (name === 'NotificationConfiguration' && failure?.kind === 'enum')
      return invalidArgument(
        failure.path.includes('FilterRules')
          ? 'filter rule name must be either prefix or suffix'
          : 'The event is not supported for notifications',
        String(failure.path.at(-1)),
        value,
      );
    if (failure?.path.at(-1) === 'LocationConstraint') return invalidLocation(value);
    if (failure === undefined || failure.path.length > 1) return malformedXml();
    if (failure.kind === 'required')
      return name === 'Body' || name.endsWith('Configuration')
        ? malformedXml()
        : invalidRequest(`Missing required header for this request: ${name}`);
    if (name === 'StorageClass') return invalidStorageClass(value);
    if (name === 'ServerSideEncryption') return invalidEncryption(value);
    if (name === 'EncodingType')
      return invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', value);
    if (name === 'ChecksumAlgorithm')
      return invalidRequest(
        'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
      );
    return invalidArgument(`Invalid ${name}`, name, value);
  },
  unreadable: (failure) => {
    if (failure.kind === 'unknown-operation') return noOperation(failure.detail.request);
    return failure.kind === 'serialization' && failure.found !== undefined
      ? invalidArgument(failure.message, undefined, failure.detail.text)
      : malformedXml();
  },
};

/** What S3 says of a method that what the path leads to does not have. */
function noOperation({ method, path } = { method: '', path: '/' }): ServiceError {
  const [, bucket = '', key = ''] = path.split('/');
  return methodNotAllowed(method, bucket === '' ? 'SERVICE' : key === '' ? 'BUCKET' : 'OBJECT');
}
