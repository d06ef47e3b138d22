/** The condition keys that all of S3's actions have. Source: Service Authorization Reference, "Condition keys for Amazon S3", "Condition keys for Amazon S3 Express"; S3 API Reference, "Amazon S3 Signature Version 4 Authentication Specific Policy Keys". */
import type { ConditionKeys, Ctx, Signing } from '#kernel/contract';

const AUTH_TYPES = { header: 'REST-HEADER', query: 'REST-QUERY-STRING', form: 'POST' } as const;
const VERSIONS = { v2: 'AWS', v4: 'AWS4-HMAC-SHA256', v4a: 'AWS4-ECDSA-P256-SHA256' } as const;
const BODY_HASH = 'x-amz-content-sha256';

/**
 * What policies see of how a request came, in whosever bucket; `signing` is undefined of one that nobody signed.
 *
 * @param call `prefix` of the action, which the keys have, too: `s3`, or `s3express` for directory buckets
 */
export function conditionKeys({
  prefix,
  account,
  signing,
  ctx,
}: {
  prefix: string;
  account: string;
  signing: Signing | undefined;
  ctx: Ctx;
}): ConditionKeys {
  const { tlsVersion } = ctx.caller;
  const hash = ctx.http.headers[BODY_HASH];
  return {
    [`${prefix}:ResourceAccount`]: account,
    ...(tlsVersion !== undefined && { [`${prefix}:TlsVersion`]: tlsVersion }),
    ...(hash !== undefined && { [`${prefix}:${BODY_HASH}`]: hash }),
    ...(signing !== undefined && {
      [`${prefix}:authType`]: AUTH_TYPES[signing.from],
      [`${prefix}:signatureversion`]: VERSIONS[signing.algorithm],
      // Of headers, too, as a signature is old there in the same way.
      [`${prefix}:signatureAge`]: String(signing.age),
    }),
  };
}
