/** What S3 refuses of archive tiers, storage class analyses, request metrics and inventories. Source: S3's answers as radkawar/stackd measured them. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('s3');

export const badConfigId = (message: string) => error('InvalidConfigId', message);
export const badAccessTier = (message: string) => error('InvalidAccessTier', message);
export const badAnd = (message: string) => error('InvalidAnd', message);
export const badFilterPrefix = () =>
  error('InvalidPrefix', 'Filter Prefix should be set to a valid non-empty value or not set at all.');
export const otherId = () => error('IdMismatch', 'The ID in the configuration does not match the ID in the request.');
export const badInventoryBucket = () => error('InvalidS3DestinationBucket', 'The S3 destination bucket is invalid.');
export const badInventoryKey = () => error('InvalidKmskeyId', 'The KMS key ID is invalid.');
export const tooManyConfigurations = () =>
  error(
    'TooManyConfigurations',
    'You are attempting to create a new configuration but have already reached the 1,000-configuration limit.',
  );
export const noSuchConfiguration = () => error('NoSuchConfiguration', 'The specified configuration does not exist.');
