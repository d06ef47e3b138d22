/** What IAM refuses. Source: IAM API Reference, each operation's "Errors"; texts as users report them in public issues and as recorded from AWS, unless a line says otherwise. */
import { errorsOf } from '#kernel/contract';
import type { Kind, NamedKind } from './state.ts';

const error = errorsOf('iam');

export const noSuchEntity = (message: string) => error('NoSuchEntityException', message);
export const noSuch = (kind: Kind, name: string) => noSuchEntity(`The ${kind} with name ${name} cannot be found.`);
export const noSuchInlinePolicy = (kind: Kind, name: string) =>
  noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`);
/** Source of the code: radkawar/stackd, measured in 2026; the words are ours. */
export const noBoundary = (kind: Kind, name: string) =>
  noSuchEntity(`The ${kind} with name ${name} has no permissions boundary.`);
export const noSuchProfile = (name: string) => noSuchEntity(`Instance Profile ${name} cannot be found.`);
export const noSuchRoleInProfile = (role: string, profile: string) =>
  noSuchEntity(`Role ${role} in Instance Profile ${profile} cannot be found.`);
export const noSuchPolicy = (arn: string) => noSuchEntity(`Policy ${arn} was not found.`);
export const policyNotAttachable = (arn: string) => noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
/** Source: aws/aws-cdk#6131. */
export const servicePolicy = (kind: Kind) =>
  error(
    'PolicyNotAttachableException',
    `Cannot attach a Service Role Policy to a Customer ${kind.charAt(0).toUpperCase()}${kind.slice(1)}.`,
  );
/** Source: hashicorp/boundary#4255. */
export const boundaryNotAttachable = (arn: string) =>
  noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
export const noSuchVersion = (arn: string, version: string) =>
  noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`);
export const noSuchAccessKey = (id: string) => noSuchEntity(`The Access Key with id ${id} cannot be found.`);
/** Of a key that does not exist, or is another account's; to the missing colon. */
export const lastUseDenied = (caller: string, id: string) =>
  error(
    'AccessDenied',
    `User: ${caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${id}`,
  );
export const noSuchSshKey = (id: string) => noSuchEntity(`The Public Key with id ${id} cannot be found.`);
export const noSuchCertificate = (id: string) => noSuchEntity(`The Certificate with id ${id} cannot be found.`);
export const noSuchServerCertificate = (name: string) =>
  noSuchEntity(`The Server Certificate with name ${name} cannot be found.`);
export const noSuchServiceCredential = (id: string) => noSuchEntity(`No such credential ${id} exists`);
export const invalidPublicKey = () => error('InvalidPublicKeyException', 'The public key is not valid.');
export const unknownEncoding = (encoding: string) =>
  error('UnrecognizedPublicKeyEncodingException', `Unrecognized public key encoding ${encoding}.`);
export const duplicateSshKey = () =>
  error('DuplicateSSHPublicKeyException', 'The public key is already associated with the user.');
export const duplicateCertificate = () =>
  error('DuplicateCertificateException', 'The certificate is already associated with the user.');
export const malformedCertificate = (
  message = 'Unable to parse certificate. Please ensure the certificate is in PEM format.',
) => error('MalformedCertificateException', message);
export const malformedSigningCertificate = (body: string) => malformedCertificate(`Certificate ${body} is malformed.`);
export const malformedKey = () =>
  malformedCertificate('Unable to parse key; the body must contain the PEM of an unencrypted private key.');
export const keyPairMismatch = () =>
  error('KeyPairMismatchException', 'The public key certificate and the private key do not match.');
export const serviceNotSupported = (service: string) =>
  noSuchEntity(`No such service ${service} is supported for Service Specific Credentials`);
export const reportNotPresent = () => error('CredentialReportNotPresentException', '');
export const reportExpired = () =>
  error('CredentialReportExpiredException', 'The most recent credential report has expired.');
export const noSuchMfaDevice = (serial: string) =>
  noSuchEntity(`MFA Device with serial number ${serial} does not exist.`);
export const noSuchOidcProvider = (arn: string) => noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
export const noOidcProviderToDelete = (arn: string) => noSuchEntity(`OpenId connect Provider ${arn} cannot be found.`);
export const noSuchSamlProvider = (arn: string) => noSuchEntity(`Manifest not found for arn ${arn}`);
export const noSuchReport = (id: string) => noSuchEntity(`Report with id ${id} was not found.`);
export const noSuchLoginProfile = (user: string) => noSuchEntity(`Login Profile for User ${user} cannot be found.`);
export const noSuchPasswordPolicy = (account: string) =>
  noSuchEntity(`The Password Policy with domain name ${account} cannot be found.`);
export const noPasswordPolicyToDelete = () =>
  noSuchEntity('The account policy with name PasswordPolicy cannot be found.');
export const noSuchAlias = (alias: string) => noSuchEntity(`The account alias ${alias} cannot be found.`);
export const noSuchDeletion = (task: string) =>
  noSuchEntity(`Service linked role deletion task ${task} cannot be found.`);

const alreadyExists = (message: string) => error('EntityAlreadyExistsException', message);
const TAKEN: { readonly [kind in NamedKind]: (name: string) => string } = {
  user: (name) => `User with name ${name} already exists.`,
  group: (name) => `Group with name ${name} already exists.`,
  role: (name) => `Role with name ${name} already exists.`,
  policy: (name) => `A policy called ${name} already exists. Duplicate names are not allowed.`,
  'instance-profile': (name) => `Instance Profile ${name} already exists.`,
};
export const nameTaken = (kind: NamedKind, name: string) => alreadyExists(TAKEN[kind](name));
export const loginProfileExists = (user: string) => alreadyExists(`Login Profile for user ${user} already exists.`);
export const aliasTaken = (alias: string) => alreadyExists(`The account alias ${alias} already exists.`);

export const serverCertificateExists = (name: string) =>
  alreadyExists(`The Server Certificate with name ${name} already exists.`);
export const oidcProviderExists = (url: string) => alreadyExists(`Provider with url ${url} already exists.`);
export const samlProviderExists = (name: string) => alreadyExists(`SAML Provider with name ${name} already exists.`);
export const mfaDeviceExists = () => alreadyExists('MFA device already exists.');
export const mfaDeviceTaken = () => alreadyExists('MFA Device is already in use.');
export const mfaNeeded = () =>
  error(
    'AccessDenied',
    'To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.',
  );
export const invalidCodes = () =>
  error('InvalidAuthenticationCodeException', 'Authentication code for device is not valid.');
export const quotaExceeded = (quota: string, limit: number) =>
  error('LimitExceededException', `Cannot exceed quota for ${quota}: ${limit}`);
export const inlineTooLarge = (kind: Kind, name: string, limit: number) =>
  error('LimitExceededException', `Maximum policy size of ${limit} bytes exceeded for ${kind} ${name}`);
export const tooManyVersions = () =>
  error(
    'LimitExceededException',
    'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  );
export const tooManyTags = () => error('LimitExceededException', 'The number of tags has reached the maximum limit.');

const conflict = (message: string) => error('DeleteConflictException', message);
/** What stands in the way: "must delete policies first". */
export const mustFirst = (what: string) => conflict(`Cannot delete entity, must ${what} first.`);
export const mfaDeviceInUse = () => conflict('MFA VirtualDevice in use. Must deactivate first.');
export const policyInUse = () => conflict('Cannot delete a policy attached to entities.');
/** Source: rebuy-de/aws-nuke#1. */
export const policyHasVersions = () =>
  conflict(
    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
  );
/** AWS's own policies, and those of others. */
export const notOwnPolicy = (what: string) => error('AccessDenied', `Cannot ${what} outside your own account.`);
/** Source: redradrat/aws-iam-operator#13. */
export const versionIsDefault = () => conflict('Cannot delete the default version of a policy.');

export const malformedPolicy = (message: string) => error('MalformedPolicyDocumentException', message);
export const invalidInput = (message: string) => error('InvalidInputException', message);
export const invalidArn = (arn: string) => invalidInput(`ARN ${arn} is not valid.`);
/** A text that is no ARN at all, given for one of a policy. */
export const noArn = (text: string) => validation(`ARN ${text} is not valid.`);
/** @param isCaseTold whether keys that differ by case are the same */
export const duplicateTags = (isCaseTold: boolean) =>
  invalidInput(`Duplicate tag keys found.${isCaseTold ? ' Please note that Tag keys are case insensitive.' : ''}`);
export const reservedTag = () => invalidInput("Tag keys starting with 'aws:' are reserved for system use.");
export const validation = (message: string) => error('ValidationError', message);
/** Source: badmintoncryer/cdk-preflight. */
export const invalidPartition = () => validation('Invalid ARN partition');
/** AWS says no more of a provider without TLS. Source: the same. */
export const plainOidcUrl = () => invalidInput('');
export const invalidOidcUrl = () => validation('Invalid Open ID Connect Provider URL');
export const tooManyThumbprints = () => invalidInput('Thumbprint list must contain fewer than 5 entries.');
/** The words are ours. */
export const invalidThumbprint = (text: string) =>
  invalidInput(`Thumbprint ${text} is not valid. It must be 40 hexadecimal characters.`);
/** Source of the following six: IAM User Guide, "Troubleshoot SAML federation with IAM". */
export const unreadableMetadata = () => invalidInput('Could not parse metadata.');
export const invalidPrivateKey = () => invalidInput('Invalid private key.');
export const noSuchPrivateKey = () =>
  invalidInput('Failed to remove private key because the Key ID does not match a private key.');
export const noSamlChange = () =>
  invalidInput('Unable to update identity provider. No updates are defined for metadata or encryption assertion.');
export const encryptionNeedsKey = () =>
  invalidInput('Unable to set assertion encryption mode to Required because no private key is provided.');
export const addsAndRemovesKey = () =>
  invalidInput(
    'Unable to add and remove private keys in the same request. Set a value for only one of the two parameters.',
  );
export const tooManyPrivateKeys = () => error('LimitExceededException', 'Private key limit of 2 is reached.');
export const invalidMarker = () => validation('Invalid Marker.');
export const mustNameUser = () => validation('Must specify userName when calling with non-User credentials');
export const unmodifiable = (name: string) =>
  error(
    'UnmodifiableEntityException',
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  );
export const passwordViolates = (what: string) => error('PasswordPolicyViolationException', `Password should ${what}`);
export const passwordReused = () =>
  error('PasswordPolicyViolationException', 'Password does not conform to the account password policy.');
export const wrongPassword = () => error('AccessDenied', 'The old password was incorrect.');
export const onlyForUsers = () => error('InvalidUserTypeException', 'Only IAM users can change their own password.');
export const passwordMissing = () => validation('The password must not be empty.');
/** IAM answers to temporary credentials of a user or the root only when they carry MFA. Source: STS API Reference, GetSessionToken, "Permissions". */
export const sessionTokenInvalid = () =>
  error('InvalidClientTokenId', 'The security token included in the request is invalid');
/** Source of these two: badmintoncryer/cdk-preflight. */
export const invalidServiceName = (name: string) =>
  error('AccessDenied', `${name} is not a valid AWS service name (Service Principal)`);
export const reservedPath = () =>
  invalidInput("Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles");
export const linkedRoleExists = (name: string) =>
  invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`);
export const suffixNotAllowed = (service: string) => invalidInput(`Custom suffix is not allowed for ${service}`);
export const notServiceLinked = (name: string) => invalidInput(`Role ${name} is not a service-linked role.`);
/** Source: IAM API Reference, "FeatureEnabled" and "FeatureDisabled"; the words are ours. */
export const federationEnabled = () =>
  error('FeatureEnabledException', 'Outbound identity federation is already enabled for your account.');
export const federationDisabled = () =>
  error('FeatureDisabledException', 'Outbound identity federation is disabled for your account.');
/** Source: IAM API Reference, "OrganizationNotFound". */
export const noOrganization = () =>
  error(
    'OrganizationNotFoundException',
    'The request was rejected because no organization is associated with your account.',
  );
/** Source: IAM API Reference, GenerateOrganizationsAccessReport, which only a management account may call; the words are ours. */
export const notManagementAccount = () =>
  error('AccessDenied', 'You must be signed in with the credentials of the management account of an organization.');
/** The model shares its type with service-specific credentials, which alone expire. Source of the code: radkawar/stackd, measured in 2026; the words are ours. */
export const statusNotForKeys = () => invalidInput('Status must be Active or Inactive.');
/** Of identity providers and server certificates. Source of the code: radkawar/stackd, measured in 2026; the words are ours. */
export const noTagsGiven = () => invalidInput('At least one tag must be given.');
