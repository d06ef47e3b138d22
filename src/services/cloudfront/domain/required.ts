/**
 * What an update has to say though a creation needs not.
 * Source: CloudFront Developer Guide, "Required API fields for creating and updating distributions"; texts as users show them, the others in the same form.
 */
import type { CacheBehavior, DefaultCacheBehavior, DistributionConfig, Origin } from '#models/cloudfront';
import { illegalUpdate, invalidArgument } from '../errors.ts';

const OF_CONFIG = [
  'Aliases',
  'DefaultRootObject',
  'CacheBehaviors',
  'CustomErrorResponses',
  'Logging',
  'PriceClass',
  'ViewerCertificate',
  'Restrictions',
  'WebACLId',
  'HttpVersion',
] as const;

/** What a distribution with tenants does not have. */
const OF_ONE: ReadonlySet<string> = new Set(['Aliases', 'PriceClass']);

/** @throws {ServiceError} InvalidArgument, IllegalUpdate */
export function checkComplete(config: DistributionConfig): void {
  const isTemplate = config.ConnectionMode === 'tenant-only';
  for (const origin of config.Origins.Items) checkOrigin(origin);
  for (const behavior of [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])])
    checkBehavior(behavior, isTemplate);
  for (const member of OF_CONFIG)
    if (!(isTemplate && OF_ONE.has(member))) require(config[member], `The parameter ${member} is required.`);
}

function checkBehavior(behavior: DefaultCacheBehavior | CacheBehavior, isTemplate: boolean): void {
  if (!isTemplate) require(behavior.SmoothStreaming, 'The parameter SmoothStreaming flag is missing.');
  require(behavior.FieldLevelEncryptionId, 'The parameter Field level encryption id is required.');
  require(behavior.AllowedMethods, 'The parameter AllowedMethods is required.');
  require(behavior.Compress, 'The parameter Compress is required.');
  require(behavior.LambdaFunctionAssociations, 'The parameter LambdaFunctionAssociations is required.');
  if (behavior.ForwardedValues === undefined) return;
  require(behavior.ForwardedValues.Headers, 'The parameter Header settings is required.');
  require(behavior.MinTTL, 'The parameter MinTTL is required.');
}

function checkOrigin({ CustomOriginConfig: custom }: Origin): void {
  if (custom === undefined) return;
  require(custom.OriginSslProtocols, 'The parameter OriginSslProtocols is required.');
  for (const member of ['OriginReadTimeout', 'OriginKeepaliveTimeout'] as const)
    if (custom[member] === undefined) throw illegalUpdate(`${member} is required for updates.`);
}

function require(value: unknown, message: string): void {
  if (value === undefined) throw invalidArgument(message);
}
