/** Lists of what can not be made here yet: they are truly empty, and tools ask for them before they delete a user. */
import type { Ctx, Handler } from '#kernel/contract';
import { findUser, userNameOf } from '../domain/entities.ts';

/** @throws {ServiceError} NoSuchEntity */
function checkUser(input: { UserName?: string }, ctx: Ctx): void {
  const name = userNameOf(input, ctx);
  if (name !== undefined) findUser(name, ctx.store);
}

export const listSigningCertificates: Handler<'iam', 'ListSigningCertificates'> = (input, ctx) => {
  checkUser(input, ctx);
  return { Certificates: [], IsTruncated: false };
};

export const listSSHPublicKeys: Handler<'iam', 'ListSSHPublicKeys'> = (input, ctx) => {
  checkUser(input, ctx);
  return { SSHPublicKeys: [], IsTruncated: false };
};

export const listServiceSpecificCredentials: Handler<'iam', 'ListServiceSpecificCredentials'> = (input, ctx) => {
  checkUser(input, ctx);
  return { ServiceSpecificCredentials: [], IsTruncated: false };
};

export const listServerCertificates: Handler<'iam', 'ListServerCertificates'> = () => ({
  ServerCertificateMetadataList: [],
  IsTruncated: false,
});
export const listSAMLProviders: Handler<'iam', 'ListSAMLProviders'> = () => ({ SAMLProviderList: [] });
export const listOpenIDConnectProviders: Handler<'iam', 'ListOpenIDConnectProviders'> = () => ({
  OpenIDConnectProviderList: [],
});
