/** What the parts of the SAM translator share. */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../domain/parse.ts';
import { invalid } from '../../errors.ts';

/** Resources of a template by logical id. */
export type Resources = { [logicalId: string]: JsonObject };

/** Source: recorded answers: "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. …". */
export function invalidSam(id: string, why: string): Error {
  return invalid(
    `Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. Number of errors found: 1. Resource with id [${id}] is invalid. ${why}`,
  );
}

/** Code in S3: by address, or by its parts. */
export function locationOf(id: string, value: Json): JsonObject {
  if (typeof value === 'string') {
    const [, S3Bucket, S3Key, S3ObjectVersion] = /^s3:\/\/([^/]+)\/([^?]+)(?:\?versionId=(.+))?$/.exec(value) ?? [];
    if (S3Bucket === undefined || S3Key === undefined)
      throw invalidSam(
        id,
        `'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.`,
      );
    return { S3Bucket, S3Key, ...(S3ObjectVersion !== undefined && { S3ObjectVersion }) };
  }
  const { Bucket = null, Key = null, Version } = (value ?? {}) as JsonObject;
  return { S3Bucket: Bucket, S3Key: Key, ...(Version !== undefined && { S3ObjectVersion: Version }) };
}

/** Ten letters that are others where the content is another. */
export function hashed(value: unknown, algorithm: 'sha1' | 'sha256' = 'sha256'): string {
  return createHash(algorithm).update(JSON.stringify(value)).digest('hex').slice(0, 10);
}

/** Lets a service call a function. */
export function permission(FunctionName: Json, service: string, more: JsonObject): JsonObject {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: { Action: 'lambda:InvokeFunction', FunctionName, Principal: `${service}.amazonaws.com`, ...more },
  };
}
