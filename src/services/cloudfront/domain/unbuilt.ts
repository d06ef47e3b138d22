/** Parts of a configuration that have no effect here: they fail rather than being taken for done. */

import { notBuilt } from '#kernel/contract';
import type {
  CacheBehavior,
  DefaultCacheBehavior,
  DistributionConfig,
  OriginAccessControlConfig,
} from '#models/cloudfront';
import { invalidArgument, thingError } from '../errors.ts';

/** @throws {ServiceError} what AWS refuses of them all the same; NotImplemented, naming the first of them */
export function checkUnbuilt(config: DistributionConfig): void {
  checkRefused(config);
  const found: [boolean, string][] = [
    [isGiven(config.WebACLId), 'WebACLId (there is no AWS WAF)'],
    [isGiven(config.AnycastIpListId), 'AnycastIpListId (the edge has no addresses of its own)'],
    [config.CacheTagConfig !== undefined, 'CacheTagConfig'],
    [
      config.ViewerCertificate?.SSLSupportMethod === 'static-ip',
      'SSLSupportMethod static-ip (the edge has no addresses of its own)',
    ],
    ...config.Origins.Items.flatMap((origin): [boolean, string][] => [
      [origin.VpcOriginConfig !== undefined, 'VpcOriginConfig (there are no networks)'],
      [origin.CustomOriginConfig?.OriginMtlsConfig !== undefined, 'OriginMtlsConfig (the edge shows no certificates)'],
      [origin.ResponseCompletionTimeout !== undefined, 'ResponseCompletionTimeout'],
    ]),
    ...(config.OriginGroups?.Items ?? []).map((group): [boolean, string] => [
      group.SelectionCriteria === 'media-quality-based',
      'SelectionCriteria media-quality-based',
    ]),
    ...[config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])].flatMap(ofBehavior),
  ];
  const [, what] = found.find(([isAsked]) => isAsked) ?? [];
  if (what !== undefined) throw notBuilt(what);
}

/** Source: badmintoncryer/cdk-preflight. */
function checkRefused({ WebACLId = '', HttpVersion = 'http2', ...config }: DistributionConfig): void {
  if (/^arn:aws[a-z-]*:wafv2:/.test(WebACLId) && !/:global\//.test(WebACLId))
    throw thingError('InvalidWebACLId', `Only global scoped ARNs are supported ${WebACLId}`);
  for (const behavior of [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])]) {
    const { TrustedSigners: signers, TrustedKeyGroups: groups, GrpcConfig: grpc, AllowedMethods } = behavior;
    if (signers?.Items?.some((one) => !/^(self|\d{12})$/.test(one)) === true)
      throw invalidArgument(
        'The parameter Trusted Signers must contain a valid AWS account number: 12 digits with no spaces.',
      );
    if (signers?.Enabled === true && groups?.Enabled === true)
      throw invalidArgument("The parameter TrustedSigners|KeyGroups Both can't be enabled in cache behavior.");
    if (grpc?.Enabled === true && !HttpVersion.startsWith('http2'))
      throw invalidArgument('The parameter gRPC only supports HTTP/2.');
    if (grpc?.Enabled === true && AllowedMethods?.Items.includes('POST') !== true)
      throw invalidArgument('The parameter gRPC only supports the POST method.');
  }
}

/** @throws {ServiceError} NotImplemented for a way of signing that origins here would not take */
export function checkSigning(control: OriginAccessControlConfig): void {
  const { OriginAccessControlOriginType: type, SigningProtocol, SigningBehavior } = control;
  if (type !== 's3' && type !== 'lambda') throw notBuilt(`origin access control for ${type}`);
  if (SigningProtocol !== 'sigv4') throw notBuilt(`origin access control that signs by ${SigningProtocol}`);
  if (SigningBehavior === 'always-amz-auth') throw notBuilt('SigningBehavior always-amz-auth');
}

function ofBehavior(behavior: DefaultCacheBehavior | CacheBehavior): [boolean, string][] {
  return [
    [
      behavior.TrustedSigners?.Enabled === true,
      'TrustedSigners (accounts have no CloudFront key pairs; use TrustedKeyGroups)',
    ],
    [behavior.SmoothStreaming === true, 'SmoothStreaming'],
    [behavior.GrpcConfig?.Enabled === true, 'GrpcConfig'],
  ];
}

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
