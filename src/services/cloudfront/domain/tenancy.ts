/**
 * Multi-tenant distributions: templates without an address of their own, whose parameters tenants fill in.
 * Source: CloudFront Developer Guide, "Understand how multi-tenant distributions work", its "Unsupported features", and "How parameters work with distribution tenants".
 */
import type { CacheBehavior, DefaultCacheBehavior, DistributionConfig, Origin, Parameter } from '#models/cloudfront';
import { badOriginPath, invalidArgument } from '../errors.ts';
import { FIELD_PARAMETERS_MAX, PARAMETERS_MAX } from '../limits.ts';
import { isDomainName, isOriginPath } from './names.ts';

const PARAMETER = /\{\{([\w-]{1,128})\}\}/g;
/** Of the two ways to be reached. */
const TENANT_ONLY = 'tenant-only';

type Values = ReadonlyMap<string, string>;

/** Whether it is served to tenants alone. */
export function isTemplate({ ConnectionMode }: DistributionConfig): boolean {
  return ConnectionMode === TENANT_ONLY;
}

/** What an origin is for a tenant. */
export function filled(origin: Origin, values: Values): Origin {
  const fill = (text: string) => text.replace(PARAMETER, (whole, name: string) => values.get(name) ?? whole);
  return { ...origin, DomainName: fill(origin.DomainName), OriginPath: fill(origin.OriginPath ?? '') };
}

/** An origin as some tenant may have it, to be looked at like any other. */
export function exampleOf(origin: Origin): Origin {
  const names = [origin.DomainName, origin.OriginPath ?? ''].flatMap(parametersIn);
  return filled(origin, new Map(names.map((name) => [name, 'p'])));
}

function parametersIn(text: string): string[] {
  return [...text.matchAll(PARAMETER)].map(([, name = '']) => name);
}

/** @throws {ServiceError} InvalidArgument for what the way of being reached does not allow */
export function checkMode(config: DistributionConfig): void {
  if (isTemplate(config)) checkTemplate(config);
  else if (config.TenantConfig !== undefined)
    throw invalidArgument('The parameter TenantConfig is supported only for multi-tenant distributions.');
}

function checkTemplate(config: DistributionConfig): void {
  const definitions = config.TenantConfig?.ParameterDefinitions ?? [];
  const names = definitions.map(({ Name }) => Name);
  if (new Set(names).size !== names.length)
    throw invalidArgument('The parameter ParameterDefinitions contains duplicate names.');
  if (names.length > PARAMETERS_MAX)
    throw invalidArgument(`A multi-tenant distribution can have at most ${PARAMETERS_MAX} parameters.`);
  for (const { Name, Definition } of definitions) {
    const { Required, DefaultValue } = Definition.StringSchema ?? {};
    if (Required !== true && DefaultValue === undefined)
      throw invalidArgument(`The parameter ${Name} is not required and must have a default value.`);
  }
  for (const { DomainName, OriginPath = '' } of config.Origins.Items)
    for (const text of [DomainName, OriginPath]) checkField(text, names);
  const unsupported = unsupportedIn(config);
  if (unsupported !== undefined)
    throw invalidArgument(`The parameter ${unsupported} is not supported for multi-tenant distributions.`);
}

function checkField(text: string, names: readonly string[]): void {
  const used = parametersIn(text);
  const unknown = used.find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalidArgument(`The parameter ${unknown} is not defined in TenantConfig.`);
  if (used.length > FIELD_PARAMETERS_MAX)
    throw invalidArgument(`A field can use at most ${FIELD_PARAMETERS_MAX} parameters.`);
}

function unsupportedIn(config: DistributionConfig): string | undefined {
  const behaviors = [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])];
  const found: [boolean, string][] = [
    [(config.Aliases?.Quantity ?? 0) > 0, 'Aliases'],
    [isGiven(config.ContinuousDeploymentPolicyId), 'ContinuousDeploymentPolicyId'],
    [config.Staging === true, 'Staging'],
    [(config.PriceClass ?? 'PriceClass_All') !== 'PriceClass_All', 'PriceClass'],
    [config.IsIPV6Enabled === true, 'IsIPV6Enabled'],
    [isGiven(config.ViewerCertificate?.IAMCertificateId), 'IAMCertificateId'],
    ...config.Origins.Items.map(({ S3OriginConfig }): [boolean, string] => [
      isGiven(S3OriginConfig?.OriginAccessIdentity),
      'OriginAccessIdentity',
    ]),
    ...behaviors.flatMap((behavior: DefaultCacheBehavior | CacheBehavior): [boolean, string][] => [
      [behavior.ForwardedValues !== undefined, 'ForwardedValues'],
      [behavior.TrustedSigners?.Enabled === true, 'TrustedSigners'],
      [behavior.SmoothStreaming === true, 'SmoothStreaming'],
    ]),
  ];
  return found.find(([isAsked]) => isAsked)?.[1];
}

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

/** What the parameters are for a tenant: its own values, or the defaults. */
export function valuesOf({ TenantConfig }: DistributionConfig, given: readonly Parameter[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { Name, Definition } of TenantConfig?.ParameterDefinitions ?? []) {
    const { DefaultValue } = Definition.StringSchema ?? {};
    const value = given.find((one) => one.Name === Name)?.Value ?? DefaultValue;
    if (value !== undefined) values.set(Name, value);
  }
  return values;
}

/** @throws {ServiceError} InvalidArgument unless the values make a distribution of the template */
export function checkParameters(config: DistributionConfig, given: readonly Parameter[]): void {
  const names = given.map(({ Name }) => Name);
  if (new Set(names).size !== names.length) throw invalidArgument('The parameter Parameters contains duplicate names.');
  const definitions = config.TenantConfig?.ParameterDefinitions ?? [];
  const unknown = names.find((name) => !definitions.some(({ Name }) => Name === name));
  if (unknown !== undefined)
    throw invalidArgument(`The parameter ${unknown} is not defined in the multi-tenant distribution.`);
  const values = valuesOf(config, given);
  const missing = definitions.find(({ Name }) => !values.has(Name));
  if (missing !== undefined) throw invalidArgument(`A value for the required parameter ${missing.Name} is missing.`);
  for (const origin of config.Origins.Items) {
    const { DomainName, OriginPath = '' } = filled(origin, values);
    if (!isDomainName(DomainName)) throw invalidArgument('The parameter origin name must be a domain name.');
    if (!isOriginPath(OriginPath)) throw badOriginPath();
  }
}
