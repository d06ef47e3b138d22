/**
 * The account as an issuer of tokens for services elsewhere; STS makes them.
 *
 * Deviation: the issuer's URL is one of this cloud, where its keys can be read, not of `tokens.sts.global.api.aws`.
 */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Ctx, Handler } from '#kernel/contract';
import { type TokenAlgorithm, type TokenIssuerRow, tokenIssuers } from '#kernel/identity';
import type { Reads } from '#kernel/store';
import { federationDisabled, federationEnabled } from '../errors.ts';

const generate = promisify(generateKeyPair);

const issuerOf = ({ account }: Ctx, store: Reads) =>
  store.first(tokenIssuers, { index: 'byAccount', where: { account } });

async function newKey(algorithm: TokenAlgorithm, id: string): Promise<TokenIssuerRow['keys'][number]> {
  const { privateKey, publicKey } =
    algorithm === 'RS256'
      ? await generate('rsa', { modulusLength: 2_048 })
      : await generate('ec', { namedCurve: 'P-384' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const jwk = publicKey.export({ format: 'jwk' }) as { [member: string]: string };
  return { id, algorithm, pem, shown: { ...jwk, kid: id, alg: algorithm, use: 'sig' } };
}

/** An account that enables it again is the issuer that it was. */
export const enableOutboundWebIdentityFederation: Handler<'iam', 'EnableOutboundWebIdentityFederation'> = async (
  _,
  ctx,
) => {
  const keys = [await newKey('RS256', ctx.uuid()), await newKey('ES384', ctx.uuid())];
  return ctx.transact((store) => {
    const before = issuerOf(ctx, store);
    if (before?.enabled === true) throw federationEnabled();
    const id = before?.id ?? ctx.uuid();
    const made = { id, account: ctx.account, url: `${ctx.endpoint}/_cloudyard/issuers/${id}`, keys };
    const row = { ...made, ...before, enabled: true };
    store.put(tokenIssuers, row);
    return { IssuerIdentifier: row.url };
  });
};

/** The issuer that the account is now. @throws {ServiceError} FeatureDisabled */
function enabledIssuer(ctx: Ctx): TokenIssuerRow {
  const row = issuerOf(ctx, ctx.store);
  if (row?.enabled !== true) throw federationDisabled();
  return row;
}

/** Tokens that were given stay good: the keys can still be read. */
export const disableOutboundWebIdentityFederation: Handler<'iam', 'DisableOutboundWebIdentityFederation'> = (
  _,
  ctx,
) => {
  ctx.store.put(tokenIssuers, { ...enabledIssuer(ctx), enabled: false });
  return {};
};

export const getOutboundWebIdentityFederationInfo: Handler<'iam', 'GetOutboundWebIdentityFederationInfo'> = (
  _,
  ctx,
) => ({
  IssuerIdentifier: enabledIssuer(ctx).url,
  JwtVendingEnabled: true,
});
