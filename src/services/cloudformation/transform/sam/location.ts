/** Things in S3: by address, or by bucket and key. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { resourceFault } from './faults.ts';
import { isGiven, isMap, type Maybe } from './values.ts';

type Location = { Bucket: Json; Key: Json; Version?: Json };

/**
 * @param id the resource that has it
 * @param property by which it has it
 * @throws {SamFault}
 */
export function locationOf(id: string, property: string, value: Maybe): Location {
  if (isMap(value)) {
    const { Bucket, Key, Version } = value;
    if (!isGiven(Bucket) || !isGiven(Key))
      throw resourceFault(id, `'${property}' requires Bucket and Key properties to be specified.`);
    return { Bucket, Key, ...(Version !== undefined && { Version }) };
  }
  const [, Bucket, Key, query] = /^s3:\/\/([^/?#]+)\/([^?#]*)(?:\?([^#]*))?/i.exec(String(value)) ?? [];
  if (Bucket === undefined || Key === undefined)
    throw resourceFault(
      id,
      `'${property}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.`,
    );
  const versions = new URLSearchParams(query ?? '').getAll('versionId');
  return { Bucket, Key: Key.replace(/^\/+/, ''), ...(versions.length === 1 && { Version: versions[0] ?? '' }) };
}

const UNKNOWN_PLACE = /\{\{resolve:(ssm|ssm-secure|secretsmanager):[a-zA-Z0-9_.\-/]+(:\d+)?\}\}/;

/** The same, as functions and layers name it. */
export function codeOf(id: string, property: string, value: Maybe): JsonObject {
  if (typeof value === 'string') {
    if (UNKNOWN_PLACE.exec(value)?.[0].includes('/'))
      throw resourceFault(
        id,
        `Unsupported dynamic reference detected in '${property}'. Please consider using alternative 'FunctionCode' object format.`,
      );
  } else if (!isMap(value)) throw resourceFault(id, `'${property}' must be of type dict or string.`);
  const { Bucket, Key, Version } = locationOf(id, property, value);
  return { S3Bucket: Bucket, S3Key: Key, ...(Version !== undefined && { S3ObjectVersion: Version }) };
}
