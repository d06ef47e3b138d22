/** What STS refuses. Source: STS API Reference, each operation's "Errors"; texts as recorded. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('sts');

export const malformedPolicy = (message: string) => error('MalformedPolicyDocumentException', message);
/** The words are those of other lists that are too long. */
export const tooManyPolicyArns = (arns: readonly string[], most: number) =>
  error(
    'ValidationError',
    `1 validation error detected: Value '[${arns.join(', ')}]' at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
/** Source of both: users' reports. */
export const policyTooLarge = (percent: number) =>
  error(
    'PackedPolicyTooLargeException',
    `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
  );
export const tagsTooLarge = (percent: number) =>
  error('PackedPolicyTooLargeException', `Packed size of session tags consumes ${percent}% of allotted space.`);
export const invalidRoleArn = (arn: string) => error('ValidationError', `${arn} is invalid`);
export const durationTooLong = () =>
  error('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
export const chainedDurationTooLong = () =>
  error(
    'ValidationError',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
  );
/** Source: hashicorp/vault-plugin-secrets-aws and aws-actions/configure-aws-credentials users' reports. */
export const invalidRequestArn = () => error('ValidationError', 'Request ARN is invalid');
/** Source: IAM User Guide, "Troubleshoot SAML federation with IAM"; the same for web identities. */
export const notAuthorized = (action: string) => error('AccessDenied', `Not authorized to perform ${action}`);

const invalidToken = (message: string) => error('InvalidIdentityTokenException', message);
export const notAJwt = () =>
  invalidToken('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)');
/** Source: aws/aws-sdk-ruby#2698. */
export const missingClaim = (claim: string) => invalidToken(`Missing a required claim: ${claim}`);
/** Source: mozilla-iam/mozilla-aws-cli#127. */
export const noSuchProvider = (issuer: string) =>
  invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`);
/** Source: awslabs/amazon-eks-irsa-cfn#18. */
export const incorrectAudience = () => invalidToken('Incorrect token audience');
/** Source of the following: radkawar/stackd, measured in 2026. */
export const severalAudiences = () =>
  invalidToken('Token audience contains more than one audience while authorized party is not present');
export const badSessionTags = () => invalidToken('Session tags passed in claim are not in correct format.');
export const badPrincipalTags = () => invalidToken('principal_tags passed in claim is not in correct format.');
/** The words of both are ours. */
export const noRolesClaimed = () => invalidToken('The roles claim contains no valid role ARN');
export const roleNotClaimed = () => invalidToken('The roles claim does not contain the requested role');
/** Source: aws/aws-cli#7194. */
export const noVerificationKey = () =>
  invalidToken(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  );
/** Source: aws-actions/configure-aws-credentials#357. */
export const thumbprintMismatch = () =>
  invalidToken("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint");
/** The words are ours. */
export const wrongSignature = () => invalidToken('Token signature invalid');
/** Source: IAM User Guide, "Troubleshoot SAML federation with IAM". */
export const invalidSourceIdentity = () =>
  invalidToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"');
/** The words are ours. */
export const tokenNotYetValid = () => invalidToken('Token is not valid yet');
/** Source: awslabs/aws-orbit-workbench#771, to the missing space. */
export const tokenExpired = (now: number, expiry: number) =>
  error(
    'ExpiredTokenException',
    `Token expired: current date/time ${now} must be before the expiration date/time${expiry}`,
  );
/** Source of the following: IAM User Guide, "Troubleshoot SAML federation with IAM". */
export const responseSignatureInvalid = () => invalidToken('Response signature invalid');
export const issuerUnknown = () => invalidToken('Issuer not present in specified provider');
export const noSuchSamlProvider = () => invalidToken("Specified provider doesn't exist");
export const sessionNameMissing = () => invalidToken('RoleSessionName is required in AuthnResponse');
export const invalidSessionName = () =>
  invalidToken('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}');
/** For all that is wrong with a response and has no text of its own. */
export const invalidSamlResponse = () => invalidToken('Invalid SAML response');
/** Source: answers to AssumeRoleWithSAML as users report them. */
export const tooLateToRedeem = () =>
  error('ExpiredTokenException', 'Token must be redeemed within 5 minutes of issuance');
/** The words are ours. */
export const assertionExpired = () => error('ExpiredTokenException', 'The assertion has expired');
/** Source of the following: STS API Reference, GetWebIdentityToken; the words are ours. */
export const federationDisabled = () =>
  error(
    'OutboundWebIdentityFederationDisabledException',
    'Outbound web identity federation is not enabled for this account.',
  );
export const sessionDurationEscalation = () =>
  error(
    'SessionDurationEscalationException',
    'The requested token duration would extend the session beyond its original expiration time.',
  );
export const tokenTooLarge = () =>
  error('JWTPayloadSizeExceededException', 'The requested token payload size exceeds the maximum allowed size.');
export const invalidSigningAlgorithm = (algorithm: string) =>
  error('ValidationError', `${algorithm} is not a valid SigningAlgorithm. Valid values are RS256 and ES384.`);
/** Root sessions are opened by an organization's management account; no account here is in one. */
export const rootSessionsDisabled = (principal: string, target: string) =>
  error('AccessDenied', `User: ${principal} is not authorized to perform: sts:AssumeRoot on resource: ${target}`);
/** Source: STS API Reference, IDPCommunicationError; the words are ours. */
export const issuerUnreachable = () =>
  error('IDPCommunicationErrorException', 'The identity provider could not be reached. Please try again.');
/** Source: answers to DecodeAuthorizationMessage as users report them. */
export const notAMessage = () => error('InvalidAuthorizationMessageException', 'Message is not valid');
/** Source: IAM User Guide, "Monitor and control actions taken with assumed roles": a source identity can't be changed; the words are those of any denial. */
export const otherSourceIdentity = (caller: string, role: string) =>
  error('AccessDenied', `User: ${caller} is not authorized to perform: sts:SetSourceIdentity on resource: ${role}`);
export const rootMayNotAssume = () => error('AccessDenied', 'Roles may not be assumed by root accounts.');
export const sessionMayNot = (operation: string) =>
  error('AccessDenied', `Cannot call ${operation} with session credentials`);
export const badMfaCode = () =>
  error('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code. ');
export const noSuchMfa = () =>
  error(
    'AccessDenied',
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );
export const mfaIncomplete = () =>
  error(
    'AccessDenied',
    'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
  );
export const duplicateTags = () =>
  error('InvalidParameterValue', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.');
/** Source: IAM User Guide, "Pass session tags in AWS STS", "Things to know about session tags"; the words are IAM's. */
export const reservedTag = () =>
  error('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for system use.");
export const transitiveTagMissing = () =>
  error('InvalidParameterValue', 'The specified transitive tag key must be included in the requested tags.');
export const transitiveTagGiven = () =>
  error(
    'InvalidParameterValue',
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  );
