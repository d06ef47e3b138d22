/**
 * The policy of a form: until when it holds, what its fields may say, how large the file may be.
 *
 * @see S3 API Reference, "Browser-based uploads using POST (AWS Signature Version 4)", "Creating a POST policy"
 *
 * Deviation: the texts about conditions that can't be read were never compared with an answer of AWS.
 */
import type { Millis } from '#kernel/base';
import { accessDenied, invalidPolicyDocument } from '../errors.ts';

/** Bounds of the file's size, both inclusive. */
export type SizeBounds = { min: number; max: number } | undefined;

type Condition = readonly [operator: string, name: string, value: unknown];

/** Fields that no condition needs to name; the bucket is none of them. Source: S3's answer in github.com/aws/aws-sdk-php/issues/3292. */
const FREE = new Set(['awsaccesskeyid', 'signature', 'x-amz-signature', 'policy', 'file']);

/**
 * Checks the fields of a form against its policy.
 *
 * @param text   as the form has it, in base64
 * @param fields by name in lower case, the bucket among them
 * @throws {ServiceError} InvalidPolicyDocument, AccessDenied
 */
export function checkFormPolicy(text: string, fields: ReadonlyMap<string, string>, now: Millis): SizeBounds {
  const { expiration, conditions } = documentOf(text);
  const until = Date.parse(expiration);
  if (Number.isNaN(until) || !/^\d{4}-\d\d-\d\dT/.test(expiration))
    throw invalid(`Invalid 'expiration' value: '${expiration}'`);
  if (until <= now) throw refused('Policy expired.');
  const named = new Set<string>();
  let bounds: SizeBounds;
  for (const condition of conditions.flatMap(conditionsOf)) {
    const [operator, name, value] = condition;
    if (operator === 'content-length-range') {
      bounds = boundsOf(condition);
      continue;
    }
    const field = name.slice(1).toLowerCase();
    named.add(field);
    const given = fields.get(field);
    // Not even an empty start is found in a field that is not there. Source: github.com/waynehoover/s3_direct_upload/issues/29.
    if (!name.startsWith('$') || given === undefined || !holds(operator, given, String(value), field))
      throw failed(condition);
  }
  const extra = [...fields.keys()].filter(
    (name) => !FREE.has(name) && !name.startsWith('x-ignore-') && !named.has(name),
  );
  if (extra.length > 0) throw refused(`Extra input fields: ${extra.join(', ')}`);
  return bounds;
}

const invalid = (what: string) => invalidPolicyDocument(`Invalid Policy: ${what}`);
/** The condition as the policy spells it, with spaces after the commas. */
const failed = (condition: Condition) =>
  refused(`Policy Condition failed: [${condition.map((one) => JSON.stringify(one)).join(', ')}]`);
const refused = (what: string) => accessDenied(`Invalid according to Policy: ${what}`);

function documentOf(text: string): { expiration: string; conditions: unknown[] } {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    throw invalid('Invalid JSON.');
  }
  if (typeof document !== 'object' || document === null) throw invalid('Invalid JSON.');
  const { expiration, conditions, ...others } = document as { expiration?: unknown; conditions?: unknown };
  const [other] = Object.keys(others).toReversed();
  if (other !== undefined) throw invalid(`Unexpected: '${other.toLowerCase()}'`);
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  if (conditions === undefined) throw invalid('Policy missing conditions.');
  if (!Array.isArray(conditions)) throw invalid('Conditions must be a list.');
  return { expiration: String(expiration), conditions };
}

/** `{name: value}` stands for `["eq", "$name", value]`. */
function conditionsOf(one: unknown): Condition[] {
  if (Array.isArray(one)) {
    const [operator, name, value] = one as unknown[];
    const known = String(operator).toLowerCase();
    if (one.length !== 3 || !['eq', 'starts-with', 'content-length-range'].includes(known))
      throw invalid(`Invalid Condition: ${JSON.stringify(one)}`);
    return [[known, String(name), value]];
  }
  if (typeof one !== 'object' || one === null) throw invalid('Invalid Condition: conditions must be lists or objects.');
  const entries = Object.entries(one);
  if (entries.length !== 1)
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  return entries.map(([name, value]) => {
    if (value === null) throw invalid('Invalid JSON.');
    if (typeof value !== 'string') throw invalid('Invalid Simple-Condition: value must be a string.');
    return ['eq', `$${name}`, value];
  });
}

function boundsOf(condition: Condition): SizeBounds {
  const [least, most] = [Number(condition[1]), Number(condition[2])];
  if (Number.isNaN(least) || Number.isNaN(most)) throw failed(condition);
  if (!Number.isInteger(least) || !Number.isInteger(most)) throw invalid('Invalid JSON.');
  if (least < 0 || most < least)
    throw invalid(`Invalid content-length-range condition: ["content-length-range", ${least}, ${most}]`);
  return { min: least, max: most };
}

/** Source: S3 API Reference, "Creating a POST policy", "Condition matching": a list of content types must match each one. */
function holds(operator: string, given: string, wanted: string, field: string): boolean {
  if (operator === 'eq') return given === wanted;
  return field === 'content-type'
    ? given.split(',').every((one) => one.trim().startsWith(wanted))
    : given.startsWith(wanted);
}
