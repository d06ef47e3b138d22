/** Tags that are AWS's own. Source: Secrets Manager User Guide, "Secrets managed by other AWS services". */
import { systemTag } from '../errors.ts';

/** Says which service manages a secret. */
export const OWNER_TAG = 'aws:secretsmanager:owningService';

/** Whether a tag is AWS's own. */
export const isSystemTag = (key: string): boolean => key.toLowerCase().startsWith('aws:');

/** @throws {ServiceError} InvalidParameterException for keys that only AWS gives and takes */
export function checkTagKeys(keys: readonly string[]): void {
  if (keys.some(isSystemTag)) throw systemTag();
}
