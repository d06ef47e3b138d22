/** What DynamoDB refuses of backups, restores, exports and imports. Source: findings of ack-api-quirks (aws-controllers-k8s/dynamodb-controller, docs/api-quirks), measured against AWS. */
import { errorsOf } from '#kernel/contract';
import { invalid, invalidParameter } from './errors.ts';

const error = errorsOf('dynamodb');
const badRequest = (why: string) => invalid(`Invalid Request: ${why}`);

/** Of what is another account's, whatever it is. */
export const othersCopy = () => error('AccessDeniedException', 'Access is denied');

export const tableExistsAlready = (name: string) =>
  error('TableAlreadyExistsException', `Table already exists: ${name}`);
export const restoredAlready = (name: string, backup: string) =>
  error('TableInUseException', `Table: ${name} is already being restored from backup: ${backup}`);
export const badBackupArn = () => invalid('Invalid Backup ARN');
export const strangeBackupArn = () => badRequest('BackupArn is not valid');
export const startElsewhere = () => badRequest('The supplied ExclusiveStartBackupArn does not match the region');
export const backupNotFound = (arn: string) => error('BackupNotFoundException', `Backup not found: ${arn}`);
/** AWS makes small backups at once; there is no record of this. */
export const backupInUse = (arn: string) =>
  error('BackupInUseException', `Backup is being created and cannot be used until it is available: ${arn}`);
export const backupRestoring = (arn: string, another: string) =>
  error('BackupInUseException', `Backup is being used to restore ${another}table: ${arn}`);
export const systemBackup = (arn: string, expires: string) =>
  badRequest(
    `User is not allowed to delete the system backup with arn ${arn}. It will automatically expire on ${expires}`,
  );

export const noRecovery = (table: string) =>
  error('PointInTimeRecoveryUnavailableException', `Point in time recovery is not enabled for table '${table}'`);
export const periodWithoutRecovery = () =>
  badRequest('Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.');
export const badRestoreTime = (at: string, earliest: string, latest: string) =>
  error(
    'InvalidRestoreTimeException',
    `RestoreDateTime '${at}' must be within EarliestRestorableDateTime '${earliest}' and LatestRestorableDateTime '${latest}'`,
  );
export const bothTimes = () =>
  badRequest(
    'Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify either RestoreDateTime time or UseLatestRestorableTime',
  );
export const neitherTime = () =>
  badRequest('Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both');
export const bothSources = () => invalid('Must provide exactly one of: sourceTableArn, sourceTableName');
export const noSource = () => invalid("The parameter 'TableName' is required but was not present in the request");
export const badCopyArn = (parameter: 'tableArn' | 'sourceTableArn') =>
  invalidParameter(`${parameter} is not a valid ARN`);
export const ownersOnly = () =>
  invalid('This action is only supported by accounts that match the resource owner’s account.');
export const keyOfRegion = () => badRequest('sseSpecificationOverride must be provided for cross-region restores');
export const badOverride = (why: string) => badRequest(why);

export const notTableArn = () => badRequest('Table ARN is invalid.');
export const exportNotFound = (arn: string) =>
  error('ExportNotFoundException', `Export not found: Export not found: ${arn}`);
export const exportElsewhere = () => error('ExportNotFoundException', 'Export not found: Invalid export arn');
const CONFLICT = 'Duplicate request detected with conflicting parameters';
export const exportConflict = () => error('ExportConflictException', `Export conflict: ${CONFLICT}`);
export const badExportArn = () => invalid('Invalid Export ARN');
export const badListToken = (token: string) => badRequest(`Provided nextToken is invalid: ${token}`);
const badWindow = (why: string) => error('InvalidExportTimeException', why);
export const windowTooEarly = (at: string) =>
  badWindow(`Incremental export period from time cannot be less than the table creation time : ${at}`);
export const windowTooLate = (at: string) =>
  badWindow(`Incremental export period to time cannot be greater than the current time : ${at}`);
export const badWindowLength = (than: 'less than 15 minutes' | 'greater than 24 hours') =>
  badWindow(`Difference between export period from time and export period to time is ${than}`);
export const badExportTime = () => badWindow('Export Time is invalid');
export const exportTooLate = () => badWindow('Point in Time Recovery is not available for specified export time');
export const windowWithoutType = () =>
  badRequest('Export Type expected to be Incremental Export when incremental export specification is provided');
export const windowOfFull = () =>
  badRequest('When Export Type is Full Export , Incremental Export Specification should not be provided');
export const noWindow = () =>
  badRequest('Incremental Export Specification expected when export type is set as Incremental Export');
export const noWindowStart = () => badRequest('ExportFromTime must be provided in IncrementalExportSpecification');
export const keyWithoutKms = () => badRequest('KMS Key Id is not supported for this encryption type');

export const badImportArn = () => invalid('Invalid Import ARN');
export const importConflict = () => error('ImportConflictException', `Import conflict: ${CONFLICT}`);
export const strayCsvOptions = () =>
  badRequest('Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.');
export const noImportToken = () =>
  invalid(
    "1 validation error detected: Value null at 'clientToken' failed to satisfy constraint: Member must not be null",
  );
export const importNotFound = (arn: string) => error('ImportNotFoundException', `Import not found: ${arn}`);
