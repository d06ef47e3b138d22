/** GetWebIdentityToken: a token that tells services elsewhere who the caller is. */
import { createPrivateKey, sign } from 'node:crypto';
import { type Millis, SECOND } from '#kernel/base';
import type { Handler } from '#kernel/contract';
import { principalArn, sessions, tokenIssuers } from '#kernel/identity';
import { durationOf } from '../domain/session.ts';
import { federationDisabled, invalidSigningAlgorithm, sessionDurationEscalation, tokenTooLarge } from '../errors.ts';
import { WEB_TOKEN_BYTES_MAX, WEB_TOKEN_DEFAULT } from '../limits.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (at: Millis) => Math.floor(at / SECOND);

/** Claims: IAM User Guide, "Understanding token claims". */
export const getWebIdentityToken: Handler<'sts', 'GetWebIdentityToken'> = (input, ctx) => {
  const { Audience: audiences, SigningAlgorithm: algorithm, Tags: tags = [] } = input;
  const { account, principal, accessKeyId = '' } = { account: ctx.account, ...ctx.caller };
  const issuer = ctx.store.first(tokenIssuers, { index: 'byAccount', where: { account } });
  if (issuer?.enabled !== true) throw federationDisabled();
  const key = issuer.keys.find((one) => one.algorithm === algorithm);
  if (key === undefined) throw invalidSigningAlgorithm(algorithm);
  const expiresAt = ctx.now + durationOf(input.DurationSeconds, WEB_TOKEN_DEFAULT);
  const session = ctx.store.get(sessions, { id: accessKeyId });
  if (session !== undefined && session.expiresAt < expiresAt) throw sessionDurationEscalation();
  const claims = {
    iss: issuer.url,
    aud: audiences.length === 1 ? audiences[0] : audiences,
    sub: principalArn(principal),
    iat: seconds(ctx.now),
    exp: seconds(expiresAt),
    jti: ctx.uuid(),
    'https://sts.amazonaws.com/': {
      aws_account: account,
      source_region: ctx.region,
      ...(session !== undefined && Object.keys(session.tags).length > 0 && { principal_tags: session.tags }),
      ...(tags.length > 0 && { request_tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) }),
    },
  };
  const text = `${part({ alg: algorithm, kid: key.id, typ: 'JWT' })}.${part(claims)}`;
  if (text.length > WEB_TOKEN_BYTES_MAX) throw tokenTooLarge();
  const signature = sign(algorithm === 'RS256' ? 'sha256' : 'sha384', Buffer.from(text), {
    key: createPrivateKey(key.pem),
    dsaEncoding: 'ieee-p1363',
  });
  return { WebIdentityToken: `${text}.${signature.toString('base64url')}`, Expiration: expiresAt };
};
