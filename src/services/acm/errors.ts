/** What Certificate Manager refuses. Source: ACM API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';
import { COMMON_NAME_MAX } from './limits.ts';

const error = errorsOf('acm');

/** Source: ACM's answer to names of load balancers, as a user shows it. */
export const domainTooLong = () =>
  error(
    'InvalidDomainValidationOptionsException',
    `The first domain name can be no longer than ${COMMON_NAME_MAX} characters.`,
  );
export const badArn = (arn: string) => error('InvalidArnException', `Invalid ARN: ${arn}`);
export const noCertificate = (arn: string, account: string) =>
  error('ResourceNotFoundException', `Could not find certificate ${arn} in account ${account}.`);
export const inUse = (arn: string, account: string) =>
  error('ResourceInUseException', `Certificate ${arn} in account ${account} is in use.`);
export const notIssued = (arn: string) =>
  error('RequestInProgressException', `The certificate ${arn} has not been issued yet.`);
export const tooManyNames = (most: number, names: number) =>
  error(
    'LimitExceededException',
    `Error: you have requested ${names} domain names, and a certificate can have at most ${most}.`,
  );
export const tooManyCertificates = (most: number) =>
  error('LimitExceededException', `Error: you have reached your limit of ${most} certificates.`);
/** Source: terraform-provider-aws, issue 14025. */
export const tooManyInYear = (most: number) =>
  error('LimitExceededException', `Error: you have reached your limit of ${most} certificates in the last year.`);
/** Source of both: badmintoncryer/cdk-preflight, measured in September 2026. */
export const noSuperdomain = (domain: string, at: string) =>
  error(
    'InvalidDomainValidationOptionsException',
    `The validation domain, ${at}, must be a superdomain of the requested domain, ${domain}.`,
  );
export const otherDomain = (domain: string) =>
  error(
    'InvalidDomainValidationOptionsException',
    `The domain specified in ValidationOptions, ${domain}, is not the PrimaryDomain or part of SubjectAlternativeNames.`,
  );
export const notByMail = (arn: string) =>
  error('InvalidStateException', `Certificate ${arn} does not wait for a validation by e-mail.`);
export const invalidParameter = (message: string) => error('InvalidParameterException', message);
export const invalid = (message: string) => error('ValidationException', message);
export const invalidArgs = (message: string) => error('InvalidArgsException', message);
export const onlyManagedByHttp = () =>
  invalidParameter('The validation method HTTP is for certificates that CloudFront manages, and for them alone.');
export const badCertificate = () => invalid('The certificate is not PEM-encoded or is not valid.');
/** Also where there is none at all. Source: aws-cli, issues 5041 and 6569. */
export const notOneCertificate = () =>
  invalid(
    'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
  );
export const badChain = () => invalid('The certificate chain is not PEM-encoded or is not valid.');
export const badKey = () => invalid('The private key is not PEM-encoded or is not valid.');
export const otherKey = () => invalid('The private key does not match the certificate.');
export const unchained = () => invalid('Could not validate the certificate with the certificate chain.');
export const notSelfSigned = () =>
  invalid(
    'Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.',
  );
export const unsupportedKey = () => invalid('The key algorithm of the certificate is not supported.');
export const notInForce = () => invalid('The certificate is not valid at this time.');
export const notImported = (arn: string) => invalid(`Certificate ${arn} was not imported, and can not be again.`);
/** Source: ACM User Guide, "Reimporting a certificate"; the texts are Cloudyard's own. */
export const otherAlgorithm = () => invalid('The key type and size can not be changed on re-import.');
export const fewerUsages = () => invalid('Key usages can not be removed on re-import.');
export const noTagsAgain = () => invalid('Tagging is not permitted on re-import.');
/** Source: ACM API Reference, CertificateOptions: Export is as the certificate was made; the text is Cloudyard's own. */
export const exportFixed = (arn: string) =>
  error('InvalidStateException', `The export option of certificate ${arn} can not be changed.`);
/** The account stands where the Region belongs. Source: badmintoncryer/cdk-preflight. */
export const onlyImported = (algorithm: string, account: string) =>
  invalidParameter(`Encryption Algorithm ${algorithm} is not supported in ${account} region`);
export const notExportable = (arn: string) => invalid(`Certificate ${arn} can not be exported.`);
export const notRenewable = (arn: string) => invalid(`Certificate ${arn} is not eligible for renewal.`);
export const badTag = (message: string) => error('InvalidTagException', message);
export const tooManyTags = () => error('TooManyTagsException', 'A certificate can have at most 50 tags.');
