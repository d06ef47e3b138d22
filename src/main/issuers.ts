/**
 * The documents of accounts that issue web identity tokens, below `/_cloudyard/issuers/`: anyone may read them, for they are
 * how anyone checks a token.
 *
 * @see OpenID Connect Discovery 1.0; IAM User Guide, "Federating AWS identities to external services"
 */
import type { GatewayReply, GatewayRequest } from '#kernel/gateway';
import { tokenIssuers } from '#kernel/identity';
import { viewOf } from '#kernel/store';
import type { Cloud } from './cloud.ts';

const PATH = /^\/_cloudyard\/issuers\/([0-9a-f-]{36})\/\.well-known\/(openid-configuration|jwks\.json)$/;

/** Answers a request for a document of an issuer; undefined where it is for none. */
export function answerIssuer({ kernel }: Cloud, { method, target }: GatewayRequest): GatewayReply | undefined {
  const [, id = '', document] = PATH.exec(target) ?? [];
  if (id === '' || method !== 'GET') return undefined;
  const place = { account: '', region: '' };
  const issuer = kernel.store.transact((tx) => viewOf(() => tx, place).get(tokenIssuers, { id }));
  if (issuer === undefined) return undefined;
  const { url, keys } = issuer;
  const shown =
    document === 'jwks.json'
      ? { keys: keys.map((key) => key.shown) }
      : {
          issuer: url,
          jwks_uri: `${url}/.well-known/jwks.json`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: keys.map(({ algorithm }) => algorithm),
          claims_supported: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti', 'https://sts.amazonaws.com/'],
        };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(shown) };
}
