/** AssumeRoleWithWebIdentity: a role for the bearer of an OpenID Connect token, whose signature is checked by its issuer's keys. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { type OidcProviderRow, oidcProviders } from '#kernel/identity';
import { checkRequired, checkTimes, identityOf, isRoleClaimed, keysOf, lastingKeys, tagsOf } from '../domain/claims.ts';
import { isSignedWith, type Jwt, parseJwt } from '../domain/jwt.ts';
import { findRole, openRoleSession } from '../domain/role-session.ts';
import { invalidRequestArn, noSuchProvider, notAJwt, noVerificationKey, wrongSignature } from '../errors.ts';
import { authorizeFederated } from '../federation.ts';
import { keysFor } from '../issuers.ts';

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/**
 * Deviation: OAuth 2.0 access tokens of Facebook and Login with Amazon (ProviderId) are refused like any other that is no JWT.
 *
 * Deviation: tokens that GetWebIdentityToken has given out are taken here, where an account names their issuer as a provider; AWS wants none of its own.
 */
export const assumeRoleWithWebIdentity: Handler<'sts', 'AssumeRoleWithWebIdentity'> = async (input, ctx) => {
  const account = parseArn(input.RoleArn)?.account;
  if (account === undefined) throw invalidRequestArn();
  const jwt = parseJwt(input.WebIdentityToken);
  if (jwt === undefined) throw notAJwt();
  checkRequired(jwt.claims);
  const provider = providerOf(jwt, account, ctx);
  const { issuer, subject, audience, sourceIdentity } = identityOf(jwt.claims, provider.clientIds);
  await checkSignature(jwt, provider, ctx);
  checkTimes(jwt.claims, ctx.now);
  const name = issuer.slice(issuer.indexOf('://') + 3);
  const { tags, transitive } = tagsOf(jwt.claims);
  const keys = keysOf(jwt.claims, name, audience);
  const claimed = String(isRoleClaimed(jwt.claims, input.RoleArn));
  const context = { 'aws:FederatedProvider': provider.arn, 'sts:RoleAuthorizedByIdp': claimed, ...keys };
  const role = findRole(input.RoleArn, ctx);
  authorizeFederated(ACTION, role, input.RoleSessionName, { tags, transitive, sourceIdentity, context }, ctx);
  const opened = ctx.transact(() =>
    openRoleSession(ctx, role, input.RoleSessionName, input, {
      tags,
      transitiveTagKeys: transitive,
      context: { 'aws:FederatedProvider': provider.arn, ...lastingKeys(keys) },
      ...(sourceIdentity !== undefined && { sourceIdentity }),
    }),
  );
  return { ...opened, SubjectFromWebIdentityToken: subject, Provider: provider.arn, Audience: audience };
};

/** The account's provider whose URL is the token's issuer. @throws {ServiceError} InvalidIdentityToken */
function providerOf({ claims }: Jwt, account: string, ctx: Ctx): OidcProviderRow {
  const issuer = String(claims.iss);
  const arn = `arn:${ctx.partition}:iam::${account}:oidc-provider/${issuer.slice(issuer.indexOf('://') + 3)}`;
  const row = ctx.store.in({ account }).get(oidcProviders, { arn });
  if (row?.url !== issuer) throw noSuchProvider(issuer);
  return row;
}

/** @throws {ServiceError} InvalidIdentityToken, IDPCommunicationError */
async function checkSignature(jwt: Jwt, provider: OidcProviderRow, ctx: Ctx): Promise<void> {
  const keys = await keysFor(jwt, provider, ctx);
  if (keys.length === 0) throw noVerificationKey();
  if (!keys.some((key) => isSignedWith(jwt, key))) throw wrongSignature();
}
