/** What S3 refuses of tags. Source: S3 User Guide, "Categorizing objects with tags"; of ABAC: radkawar/stackd, measured in 2026. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('s3');

export const badTagCount = (of: 'object' | 'bucket', limit: number) =>
  error(
    'BadRequest',
    of === 'object'
      ? `Object tags cannot be greater than ${limit}`
      : `Bucket tag count cannot be greater than ${limit}`,
  );
/** Tags that policies see are changed by S3 Control alone. */
export const tagsOfAbac = (adds: boolean) =>
  error(
    'BadRequest',
    `This S3 general purpose bucket has attribute-based access control (ABAC) enabled. ${adds ? 'To add tags to this bucket, initiate a TagResource request. ' : ''}To delete tags from this bucket, initiate an UntagResource request.`,
  );
