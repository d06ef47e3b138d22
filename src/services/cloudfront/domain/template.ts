/** Configurations as templates of CloudFormation have them, and as the API takes them. */
import type { Properties } from '#kernel/contract';

type Json = unknown;
type Fields = { [name: string]: Json };

/** What is called otherwise in templates. */
const NAMES: { readonly [template: string]: string } = {
  AcmCertificateArn: 'ACMCertificateArn',
  IamCertificateId: 'IAMCertificateId',
  SslSupportMethod: 'SSLSupportMethod',
  IPV6Enabled: 'IsIPV6Enabled',
  OriginCustomHeaders: 'CustomHeaders',
  OriginSSLProtocols: 'OriginSslProtocols',
};
const TEMPLATE_NAMES = Object.fromEntries(Object.entries(NAMES).map(([template, api]) => [api, template]));

const BOOLEANS =
  /^(Enabled|Compress|SmoothStreaming|QueryString|IncludeBody|IncludeCookies|IPV6Enabled|Staging|CloudFrontDefaultCertificate|EnableAcceptEncoding\w+|AccessControlAllowCredentials|OriginOverride|Override|Protection|ModeBlock|IncludeSubdomains|Preload|Required|AdvertiseTrustStoreCaNames|IgnoreCertificateExpiry)$/;
const NUMBERS =
  /^(\w*TTL|HTTPS?Port|Origin\w+Timeout|Connection(Attempts|Timeout)|ErrorCode|ErrorCachingMinTTL|Quantity|\w+Sec|SamplingRate|Weight)$/;
/** Lists that templates, too, keep under `Items`. */
const WITH_ITEMS =
  /^(OriginGroups|StatusCodes|Members|AccessControl(Allow|Expose)\w+|CustomHeadersConfig|RemoveHeadersConfig|KeyGroupConfig)$/;

/** Lists that the API takes as they are. */
const PLAIN = /^ParameterDefinitions$/;

/** A configuration for the API, from a template's. */
export function toApi(value: Json, name = ''): Json {
  if (Array.isArray(value) && PLAIN.test(name)) return value.map((one) => toApi(one));
  if (Array.isArray(value)) {
    const items = value.map((one) => toApi(one, name === 'StatusCodes' ? 'ErrorCode' : ''));
    return name === 'TrustedKeyGroups' || name === 'TrustedSigners'
      ? { Enabled: items.length > 0, ...counted(items) }
      : counted(items);
  }
  if (typeof value !== 'object' || value === null) return typed(name, value);
  const fields: Fields = {};
  for (const [key, one] of Object.entries(value)) {
    if (key === 'Items' && Array.isArray(one)) Object.assign(fields, itemsOf(one, name));
    else if (key !== 'Quantity' || (value as Fields).Items === undefined) fields[NAMES[key] ?? key] = toApi(one, key);
  }
  return completed(fields, name);
}

function itemsOf(items: unknown[], name: string): Fields {
  const made = items.map((one) => toApi(one, name === 'StatusCodes' ? 'ErrorCode' : ''));
  return name === 'KeyGroupConfig' ? { Items: made } : counted(made);
}

function counted(items: unknown[]): Fields {
  return items.length === 0 ? { Quantity: 0 } : { Quantity: items.length, Items: items };
}

function typed(name: string, value: Json): Json {
  if (name === 'ResponseCode') return String(value);
  if (BOOLEANS.test(name)) return String(value) === 'true';
  return NUMBERS.test(name) && value !== '' ? Number(value) : value;
}

/** What the API wants in another place, or at all. */
function completed(given: Fields, name: string): Json {
  const fields = given.CachePolicyId === undefined ? given : policyOnly(given);
  const { AllowedMethods, CachedMethods, Locations, ...rest } = fields;
  if (AllowedMethods !== undefined || CachedMethods !== undefined) {
    const allowed = (AllowedMethods ?? counted(['GET', 'HEAD'])) as Fields;
    return { ...rest, AllowedMethods: { ...allowed, ...(CachedMethods !== undefined && { CachedMethods }) } };
  }
  // Source: Template Reference, "AWS::CloudFront::Distribution ForwardedValues": Cookies is not required, as with the API.
  if (name === 'ForwardedValues') return { Cookies: { Forward: 'none' }, ...rest };
  if (name === 'GeoRestriction') return { ...rest, ...((Locations ?? counted([])) as Fields) };
  if (name === 'Logging') return { Enabled: rest.Bucket !== undefined, IncludeCookies: false, Prefix: '', ...rest };
  if (name === 'S3OriginConfig') return { OriginAccessIdentity: '', ...rest };
  if (name === 'CustomOriginConfig') return { HTTPPort: 80, HTTPSPort: 443, ...rest };
  return fields;
}

/** Beside a cache policy what is forwarded stays unheard, where the API refuses it. Source: aws-samples/serverless-patterns, sam-webapp-cognito and cloudfront-lambdafunctionurl-oac-sam. */
function policyOnly({ ForwardedValues: _, ...fields }: Fields): Fields {
  return fields;
}

/** A configuration in the form of a template, from the API's. */
export function toTemplate(value: Json, name = ''): Json {
  if (Array.isArray(value)) return value.map((one) => toTemplate(one));
  if (typeof value !== 'object' || value === null) return name === 'ResponseCode' ? Number(value) : value;
  const given = value as Fields;
  if (typeof given.Quantity === 'number' && !WITH_ITEMS.test(name) && name !== 'GeoRestriction')
    return ((given.Items ?? []) as unknown[]).map((one) => toTemplate(one));
  const fields: Fields = {};
  for (const [key, one] of Object.entries(given)) {
    if (key === 'AllowedMethods') {
      fields.CachedMethods = toTemplate((one as Fields).CachedMethods);
      fields.AllowedMethods = toTemplate(one);
    } else if (name === 'GeoRestriction' && key === 'Items') fields.Locations = toTemplate(one);
    else if (!(name === 'GeoRestriction' && key === 'Quantity') && !(name === 'Logging' && key === 'Enabled'))
      fields[TEMPLATE_NAMES[key] ?? key] = toTemplate(one, key);
  }
  return fields;
}

/** A configuration among a resource's properties. */
export function configOf(properties: Properties, name: string): Fields {
  return toApi(properties[name] ?? {}, name) as Fields;
}
