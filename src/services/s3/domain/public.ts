/** Whether a policy of a bucket or an access point is public, by the keys of S3, too. */
import { isArnOfAccount, isPlain, isPublicPolicy as isPublic, type NamesSome } from '#kernel/contract';

const OWN = new Set([
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  // Source: S3 User Guide, "Configuring IAM policies for using access points for directory buckets", a bucket's policy for everybody who comes through an account's.
  's3express:dataaccesspointaccount',
  's3express:dataaccesspointarn',
]);
const ofPoint: NamesSome = (key, value) => OWN.has(key) && isPlain(value);
/** A bucket's policy may leave open which of an account's access points it means. */
const ofBucket: NamesSome = (key, value) =>
  /^s3(express)?:dataaccesspointarn$/.test(key) ? isArnOfAccount(value) : ofPoint(key, value);

const KEPT_MAX = 1_000;
const known = new Map<string, boolean>();

/** @param text a policy that has been checked */
export function isPublicPolicy(text: string, of: 'bucket' | 'point' = 'bucket'): boolean {
  const name = `${of} ${text}`;
  let result = known.get(name);
  if (result === undefined) {
    result = isPublic(text, of === 'bucket' ? ofBucket : ofPoint);
    if (known.size >= KEPT_MAX) known.clear();
    known.set(name, result);
  }
  return result;
}
