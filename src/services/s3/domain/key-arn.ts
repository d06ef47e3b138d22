/** What S3 finds wrong with a text that should be an ARN. Source: S3's answers in brekkylab/backlot, September 2026. */
import type { ServiceError } from '#kernel/contract';
import { invalidRequest } from '../errors.ts';

const PARTS = ['AWS partition', 'service', 'AWS region partition', 'AWS account'];

/** @returns undefined where it has all parts */
function arnFault(text: string): string | undefined {
  const [start, ...parts] = text.split(':');
  if (start !== 'arn' || parts.length === 0) return "Malformed ARN - doesn't start with 'arn:'";
  const missing = PARTS[parts.length - 1];
  if (missing !== undefined) return `Malformed ARN - no ${missing} specified`;
  const resource = parts.slice(PARTS.length).join(':');
  if (resource === '') return 'Malformed ARN - no resource specified';
  return /^[^/:]+[/:]$/.test(resource) ? 'resource cannot be empty' : undefined;
}

/** Of a key that an object's encryption is to be updated to. */
export function badKeyArn(arn: string): ServiceError {
  const needs = 'Requests modifying object encryption configuration to SSE-KMS require a';
  if (arn === '') return invalidRequest(`${needs} target kms key arn.`);
  const fault = arnFault(arn);
  return invalidRequest(
    fault === undefined
      ? 'Invalid KMS Key ARN format. You must provide the full KMS Key ARN to make an UpdateObjectEncryption request'
      : `${needs} valid target kms key arn: ${fault}`,
  );
}
