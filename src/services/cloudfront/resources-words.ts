/**
 * What CloudFormation's handlers of CloudFront's types say: what they refuse themselves, and their words for what the service refuses.
 * Source of texts, where no other is named: badmintoncryer/cdk-preflight.
 *
 * Deviation: AWS's handlers name the request that was refused, too.
 */
import { type Properties, type ResourceType, type ResourceTypes, ServiceError } from '#kernel/contract';

/** Source of the last: clemsonMakerspace/unified-makerspace, pull request 172. */
const REFUSED = /^(Invalid|Illegal|Inconsistent|CNAMEAlreadyExists)/;
/** What a distribution names that is not there is its mistake. */
const NOT_THERE = /^NoSuch(?!Distribution)/;
const LIMITED = /^(TooMany|TooLong|EntityLimitExceeded)/;

type Fields = { readonly [name: string]: unknown };

const invalid = (message: string) => new ServiceError('InvalidRequest', `Invalid request provided: ${message}`);

/** The same types, whose refusals are in the handlers' words. */
export function worded(types: ResourceTypes): ResourceTypes {
  return Object.fromEntries(Object.entries(types).map(([name, type]) => [name, wordedType(name, type)]));
}

function wordedType(name: string, type: ResourceType): ResourceType {
  const { update } = type;
  return {
    ...type,
    create: (properties, scope) => type.create(properties, scope).catch(inWordsOf(name, properties)),
    ...(update !== undefined && {
      update: (id, properties, ...given) => update(id, properties, ...given).catch(inWordsOf(name, properties)),
    }),
  };
}

function inWordsOf(type: string, properties: Properties): (error: unknown) => never {
  return (error) => {
    throw error instanceof ServiceError ? wordsFor(type, properties, error) : error;
  };
}

function wordsFor(type: string, properties: Properties, error: ServiceError): ServiceError {
  const { code, message } = error;
  if (code === 'InvalidRequest') return error;
  if (code.startsWith('Malformed')) return invalid(message);
  if (REFUSED.test(code) || (type === 'AWS::CloudFront::Distribution' && NOT_THERE.test(code)))
    return invalid(`${type}: ${message}`);
  if (LIMITED.test(code))
    return new ServiceError(
      'ServiceLimitExceeded',
      `Limit exceeded for resource of type '${type}'. Reason: ${message}`,
    );
  if (code.startsWith('AccessDenied') && type === 'AWS::CloudFront::RealtimeLogConfig')
    return new ServiceError('AccessDenied', `Access denied for operation '${type}'.`);
  // Source: aws-samples/bedrock-chat, issue 794.
  if (code === 'OriginAccessControlAlreadyExists') {
    const { Name } = properties.OriginAccessControlConfig as Fields;
    return new ServiceError('AlreadyExists', `Resource of type '${type}' with identifier '${Name}' already exists.`);
  }
  return error;
}

/** @throws {ServiceError} InvalidRequest for a distribution that its handler does not ask for */
export function checkTemplate({ DistributionConfig }: Properties): void {
  const { Origins, ViewerCertificate, CustomErrorResponses } = (DistributionConfig ?? {}) as Fields;
  for (const origin of listOf(Origins))
    if (count(origin, ['CustomOriginConfig', 'VpcOriginConfig', 'S3OriginConfig']) !== 1)
      throw invalid('Exactly one of CustomOriginConfig, VpcOriginConfig and S3OriginConfig must be specified');
  for (const response of listOf(CustomErrorResponses))
    if (count(response, ['ResponseCode', 'ResponsePagePath']) === 1)
      throw invalid('CustomErrorResponse: Both or neither of ResponseCode and ResponsePagePath must be specified');
  if (ViewerCertificate === undefined) return;
  const { CloudFrontDefaultCertificate: own, ...rest } = ViewerCertificate as Fields;
  const certificates = { ...rest, ...(String(own) === 'true' && { own }) };
  if (count(certificates, ['AcmCertificateArn', 'IamCertificateId', 'own']) !== 1)
    throw invalid(
      'Exactly one of [AcmCertificateArn, CloudFrontDefaultCertificate, IamCertificateId] needs to be specified',
    );
}

const listOf = (value: unknown) => (Array.isArray(value) ? (value as Fields[]) : []);

const count = (fields: Fields, names: readonly string[]) => names.filter((name) => fields[name] !== undefined).length;
