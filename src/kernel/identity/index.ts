export { type AwsPolicy, awsPolicy, awsPolicyNamed, awsPolicyNames } from './aws-policies.ts';
export { ChunkFault, type ChunkSigning, decodeChunks } from './chunked.ts';
export {
  CLOCK_SKEW_MAX,
  type Claim,
  type ClaimFault,
  claimsInQuery,
  PRESIGNED_SECONDS_MAX,
  presignedUntil,
  readClaim,
  type Scope,
  type SignedRequest,
  signedAt,
  UNSIGNED_PAYLOAD,
} from './claim.ts';
export { type Credential, Directory, isExpired, type OwnLayers } from './directory.ts';
export { accountOfKeyId, newKeyId } from './key-id.ts';
export { acceptedStep, codeAt, mfaDeviceOf, setByCodes, stepOf, useCode } from './mfa.ts';
export * from './policy/index.ts';
export { ANONYMOUS, type Principal, principalArn, principalOfEndpoint, rootOf, servicePrincipal } from './principal.ts';
export * from './saml/index.ts';
export { isTextSigned } from './signature.ts';
export { isOldSignedBy, type OldClaim, oldTextToSign, readOldClaim } from './sigv2.ts';
export { isSignedBy, signature, textsToSign } from './sigv4.ts';
export * from './state.ts';
export { idOfArn, isOutside, trustOf } from './trust.ts';
