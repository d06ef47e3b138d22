/** GetWebIdentityToken: a token that tells services elsewhere who the caller is. */
import { createPrivateKey, sign } from 'node:crypto';
import { type Millis, SECOND } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { principalArn, roles, type SessionRow, sessions, type Tags, tokenIssuers, users } from '#kernel/identity';
import { durationOf, fold } from '../domain/session.ts';
import {
  federationDisabled,
  invalidSigningAlgorithm,
  sessionDurationEscalation,
  sessionMayNot,
  tokenTooLarge,
} from '../errors.ts';
import { WEB_TOKEN_BYTES_MAX, WEB_TOKEN_DEFAULT } from '../limits.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (at: Millis) => Math.floor(at / SECOND);

/** The caller's own tags, but for those that its session has. */
function principalTags(session: SessionRow | undefined, { caller: { principal }, store }: Ctx): Tags {
  const row =
    principal.kind === 'session'
      ? store.get(roles, { name: principal.roleName })
      : principal.kind === 'user' && store.get(users, { name: principal.name });
  const given = session?.tags ?? {};
  const kept = new Set(Object.keys(given).map(fold));
  const own = Object.entries((row || undefined)?.tags ?? {}).filter(([key]) => !kept.has(fold(key)));
  return { ...Object.fromEntries(own), ...given };
}

/** What a token tells of the session that asks for it. */
function sessionClaims({ expiresAt, sourceIdentity, context = {} }: SessionRow): { [claim: string]: unknown } {
  const provider = context['aws:FederatedProvider'];
  return {
    original_session_exp: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(sourceIdentity !== undefined && { source_identity: sourceIdentity }),
    ...(provider !== undefined && { federated_provider: provider }),
  };
}

/** Claims: IAM User Guide, "Understanding token claims"; radkawar/stackd, measured in 2026. */
export const getWebIdentityToken: Handler<'sts', 'GetWebIdentityToken'> = (input, ctx) => {
  const { Audience: audiences, SigningAlgorithm: algorithm, Tags: tags = [] } = input;
  const { account, principal, accessKeyId = '' } = { account: ctx.account, ...ctx.caller };
  if (principal.kind === 'federated') throw sessionMayNot('GetWebIdentityToken');
  const issuer = ctx.store.first(tokenIssuers, { index: 'byAccount', where: { account } });
  if (issuer?.enabled !== true) throw federationDisabled();
  const key = issuer.keys.find((one) => one.algorithm === algorithm);
  if (key === undefined) throw invalidSigningAlgorithm(algorithm);
  const expiresAt = ctx.now + durationOf(input.DurationSeconds, WEB_TOKEN_DEFAULT);
  const session = ctx.store.get(sessions, { id: accessKeyId });
  if (session !== undefined && session.expiresAt < expiresAt) throw sessionDurationEscalation();
  const ownTags = principalTags(session, ctx);
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
      principal_id: principalArn(principal),
      ...(session !== undefined && sessionClaims(session)),
      ...(Object.keys(ownTags).length > 0 && { principal_tags: ownTags }),
      ...(tags.length > 0 && { request_tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) }),
    },
  };
  if (Buffer.byteLength(JSON.stringify(claims)) > WEB_TOKEN_BYTES_MAX) throw tokenTooLarge();
  const text = `${part({ alg: algorithm, kid: key.id, typ: 'JWT' })}.${part(claims)}`;
  const signature = sign(algorithm === 'RS256' ? 'sha256' : 'sha384', Buffer.from(text), {
    key: createPrivateKey(key.pem),
    dsaEncoding: 'ieee-p1363',
  });
  return { WebIdentityToken: `${text}.${signature.toString('base64url')}`, Expiration: expiresAt };
};
