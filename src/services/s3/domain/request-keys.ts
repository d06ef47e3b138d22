/** The condition keys that all of S3's actions have. Source: Service Authorization Reference, "Condition keys for Amazon S3"; S3 API Reference, "Amazon S3 Signature Version 4 Authentication Specific Policy Keys". */
import type { ConditionKeys, Ctx, Signing } from '#kernel/contract';

const AUTH_TYPES = { header: 'REST-HEADER', query: 'REST-QUERY-STRING', form: 'POST' } as const;
const VERSIONS = { v2: 'AWS', v4: 'AWS4-HMAC-SHA256', v4a: 'AWS4-ECDSA-P256-SHA256' } as const;
const BODY_HASH = 'x-amz-content-sha256';

/** What policies see of how a request came, in whosever bucket; `signing` is undefined of one that nobody signed. */
export function conditionKeys({
  account,
  signing,
  ctx,
}: {
  account: string;
  signing: Signing | undefined;
  ctx: Ctx;
}): ConditionKeys {
  const { tlsVersion } = ctx.caller;
  const hash = ctx.http.headers[BODY_HASH];
  return {
    's3:ResourceAccount': account,
    ...(tlsVersion !== undefined && { 's3:TlsVersion': tlsVersion }),
    ...(hash !== undefined && { [`s3:${BODY_HASH}`]: hash }),
    ...(signing !== undefined && {
      's3:authType': AUTH_TYPES[signing.from],
      's3:signatureversion': VERSIONS[signing.algorithm],
      // Of headers, too, as a signature is old there in the same way.
      's3:signatureAge': String(signing.age),
    }),
  };
}
