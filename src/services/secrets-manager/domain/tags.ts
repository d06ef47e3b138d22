/** Tags that are AWS's own. Source: Secrets Manager User Guide, "Secrets managed by other AWS services". */
import { systemTag } from '../errors.ts';

/** Says which service manages a secret. */
export const OWNER_TAG = 'aws:secretsmanager:owningService';

/** Whether a tag is AWS's own. */
export const isSystemTag = (key: string): boolean => key.toLowerCase().startsWith('aws:');

type Given = readonly { Key?: string; Value?: string }[];

/** Tags with more, of which the last of a key holds. */
export function withTags(
  tags: readonly { Key: string; Value: string }[],
  more: Given,
): { Key: string; Value: string }[] {
  const all = new Map(tags.map(({ Key, Value }) => [Key, Value]));
  for (const { Key = '', Value = '' } of more) all.set(Key, Value);
  return [...all].map(([Key, Value]) => ({ Key, Value }));
}

/** @throws {ServiceError} InvalidParameterException for keys that only AWS gives and takes */
export function checkTagKeys(keys: readonly string[]): void {
  if (keys.some(isSystemTag)) throw systemTag();
}
