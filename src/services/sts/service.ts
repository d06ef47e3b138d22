/** AWS Security Token Service: who am I, and temporary credentials. */
import { defineService, notYet } from '#kernel/contract';
import { access } from './access.ts';
import { assumeRole } from './operations/assume-role.ts';
import { assumeRoot, decodeAuthorizationMessage, getAccessKeyInfo, getCallerIdentity } from './operations/identity.ts';
import { assumeRoleWithSAML } from './operations/saml.ts';
import { getFederationToken, getSessionToken } from './operations/session.ts';
import { assumeRoleWithWebIdentity } from './operations/web-identity.ts';
import { getWebIdentityToken } from './operations/web-identity-token.ts';
import { voice } from './voice.ts';

export const service = defineService<'sts'>({
  name: 'sts',
  prefix: 'sts',
  access,
  voice,
  reads: {
    AssumeRole: 'answered',
    AssumeRoleWithSAML: 'answered',
    AssumeRoleWithWebIdentity: 'answered',
    AssumeRoot: 'answered',
  },
  unbuilt: { AssumeRole: ['ProvidedContexts'] },
  operations: {
    AssumeRole: assumeRole,
    AssumeRoleWithSAML: assumeRoleWithSAML,
    AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
    AssumeRoot: assumeRoot,
    DecodeAuthorizationMessage: decodeAuthorizationMessage,
    GetAccessKeyInfo: getAccessKeyInfo,
    GetCallerIdentity: getCallerIdentity,
    GetDelegatedAccessToken: notYet('it is for AWS partners only'),
    GetFederationToken: getFederationToken,
    GetSessionToken: getSessionToken,
    GetWebIdentityToken: getWebIdentityToken,
  },
});
