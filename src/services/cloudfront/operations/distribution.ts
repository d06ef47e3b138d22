/** Distributions. */
import { type Ctx, commonError, type Handler } from '#kernel/contract';
import type { Distribution, DistributionConfig } from '#models/cloudfront';
import { leaveCertificate, showCertificate as showAcmCertificate } from '../../acm/port.ts';
import { functionName } from '../domain/associations.ts';
import { checkConfig } from '../domain/check.ts';
import { completeConfig } from '../domain/config.ts';
import { CONNECTION_FUNCTION } from '../domain/connection.ts';
import { DEPLOYMENT_POLICY } from '../domain/deployment.ts';
import { moveDomains } from '../domain/domains.ts';
import { checkFunctions, newFunctions } from '../domain/edge-function.ts';
import { ENCRYPTION } from '../domain/encryption.ts';
import { checkMatch, findDistribution, touch } from '../domain/find.ts';
import { arnOf, newDomain, newEtag, newId } from '../domain/ids.ts';
import { logBucket, openLogBucket } from '../domain/log-bucket.ts';
import { TRUST_STORE } from '../domain/mutual-tls.ts';
import { checkUses } from '../domain/quotas.ts';
import { REALTIME } from '../domain/realtime-log.ts';
import { replicateFunctions } from '../domain/replicate.ts';
import { checkComplete } from '../domain/required.ts';
import { setTags } from '../domain/tags.ts';
import { checkParameters, isTemplate } from '../domain/tenancy.ts';
import { showDomains } from '../domain/tenant-certificate.ts';
import * as errors from '../errors.ts';
import { DEPLOYMENT, DISTRIBUTIONS_MAX } from '../limits.ts';
import { type DistributionRow, distributions, invalidations, logs, tags, tenants, things, uses } from '../state.ts';

/** The name under which AWS serves it; one for tenants has none. */
export const domainOf = ({ name, config }: DistributionRow) => (isTemplate(config) ? '-' : `${name}.cloudfront.net`);
/** ARN of a distribution of the caller's account. */
export const distributionArn = (ctx: Ctx, id: string) => arnOf(ctx, 'distribution', id);

const addressesOf = ({ name, id }: DistributionRow) => [name, id, id.toLowerCase()];

/** A distribution as AWS shows it. */
export function show(row: DistributionRow, ctx: Ctx): Distribution {
  const { id, config } = row;
  return {
    Id: id,
    ARN: distributionArn(ctx, id),
    Status: ctx.now < row.deployedAt ? 'InProgress' : 'Deployed',
    LastModifiedTime: row.modifiedAt,
    InProgressInvalidationBatches: ctx.store
      .list(invalidations, { index: 'byTime', where: { distribution: id }, reverse: true, limit: 100 })
      .filter(({ doneAt }) => ctx.now < doneAt).length,
    DomainName: domainOf(row),
    ActiveTrustedSigners: { Enabled: false, Quantity: 0 },
    ActiveTrustedKeyGroups: activeKeys(config, ctx),
    DistributionConfig: config,
    ...(config.Aliases?.Items !== undefined && {
      AliasICPRecordals: config.Aliases.Items.map((CNAME) => ({ CNAME, ICPRecordalStatus: 'APPROVED' as const })),
    }),
  };
}

function activeKeys({ DefaultCacheBehavior, CacheBehaviors }: DistributionConfig, ctx: Ctx) {
  const behaviors = [DefaultCacheBehavior, ...(CacheBehaviors?.Items ?? [])];
  const groups = new Set(behaviors.flatMap(({ TrustedKeyGroups }) => TrustedKeyGroups?.Items ?? []));
  const items = [...groups].map((KeyGroupId) => {
    const row = ctx.store.get(things, { kind: 'key-group', id: KeyGroupId });
    const keys = (row?.config as { Items?: string[] } | undefined)?.Items ?? [];
    return { KeyGroupId, KeyPairIds: { Quantity: keys.length, Items: keys } };
  });
  return { Enabled: items.length > 0, Quantity: items.length, ...(items.length > 0 && { Items: items }) };
}

/** @throws {ServiceError} where no distribution can be made so */
function checkNew(config: DistributionConfig, ctx: Ctx): void {
  const { SSLSupportMethod, MinimumProtocolVersion } = config.ViewerCertificate ?? {};
  if (SSLSupportMethod === 'sni-only' && MinimumProtocolVersion === 'SSLv3') throw errors.badProtocolSettings();
  checkConfig(config, ctx);
  // Source: Terraform's documentation of aws_cloudfront_continuous_deployment_policy, which names the refusal.
  if ((config.ContinuousDeploymentPolicyId ?? '') !== '')
    throw errors.invalidArgument('Continuous deployment policy is not supported during distribution creation.');
  const { store } = ctx;
  const known = store.first(distributions, {
    index: 'byReference',
    where: { callerReference: config.CallerReference },
  });
  if (known !== undefined) throw errors.distributionExists(known.id);
  if (store.count(distributions) >= DISTRIBUTIONS_MAX) throw errors.tooMany('TooManyDistributions', 'distributions');
}

/** Makes a distribution of a configuration that is complete, and takes its addresses. */
function makeDistribution(config: DistributionConfig, ctx: Ctx): DistributionRow {
  checkNew(config, ctx);
  const row: DistributionRow = {
    id: newId(ctx, 'E'),
    name: newDomain(ctx),
    callerReference: config.CallerReference,
    config,
    etag: newEtag(ctx),
    modifiedAt: ctx.now,
    deployedAt: ctx.now + DEPLOYMENT,
  };
  // The id leads there too: it is what a person has at hand.
  if (!isTemplate(config)) for (const name of addressesOf(row)) ctx.claim('cloudfront', name, row.id);
  keep(row, undefined, ctx);
  return row;
}

/** Stores a distribution, with what it refers to and the names under which it answers. */
export function keep(row: DistributionRow, before: DistributionRow | undefined, ctx: Ctx): void {
  const { store } = ctx;
  moveDomains(row.id, before?.config.Aliases?.Items ?? [], row.config.Aliases?.Items ?? [], ctx);
  showCertificate(row, before, ctx);
  const used = store.list(uses, { index: 'byDistribution', where: { distribution: row.id } });
  for (const use of used) store.delete(uses, use);
  const things = [...usedBy(row.config)];
  for (const thing of things) store.put(uses, { thing, distribution: row.id });
  const had = new Set(used.map(({ thing }) => thing));
  checkUses(
    things.filter((thing) => !had.has(thing)),
    ctx,
  );
  store.put(distributions, row);
  replicateFunctions(row.id, row.config, ctx);
  touch(ctx);
}

const certificateOf = (row: DistributionRow | undefined) => row?.config.ViewerCertificate?.ACMCertificateArn;

/** In a transaction: viewers who ask for one of a distribution's other names are shown its certificate, in place of the one before. */
function showCertificate(row: DistributionRow | undefined, before: DistributionRow | undefined, ctx: Ctx): void {
  const showing = (one: DistributionRow | undefined) => ({
    user: distributionArn(ctx, one?.id ?? ''),
    hosts: (one?.config.Aliases?.Items ?? []).map((alias) => alias.toLowerCase()),
  });
  const [left, shown] = [certificateOf(before), certificateOf(row)];
  if (left !== undefined) leaveCertificate(left, showing(before), ctx);
  const fault = shown === undefined ? undefined : showAcmCertificate(shown, showing(row), ctx);
  if (fault !== undefined) throw fault === 'missing' ? errors.badCertificate() : errors.otherCertificate();
}

/** What a configuration refers to: `cache-policy/<id>`. */
function usedBy(config: DistributionConfig): Set<string> {
  const used = new Set<string>();
  const add = (kind: string, id: string | undefined) => {
    if (id !== undefined && id !== '') used.add(`${kind}/${id}`);
  };
  for (const { OriginAccessControlId, S3OriginConfig } of config.Origins.Items) {
    add('oac', OriginAccessControlId);
    add('oai', S3OriginConfig?.OriginAccessIdentity.split('/').at(-1));
  }
  for (const behavior of [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])]) {
    add('cache-policy', behavior.CachePolicyId);
    add('origin-request-policy', behavior.OriginRequestPolicyId);
    add('response-headers-policy', behavior.ResponseHeadersPolicyId);
    add(REALTIME, behavior.RealtimeLogConfigArn?.split('/').at(-1));
    add(ENCRYPTION, behavior.FieldLevelEncryptionId);
    for (const id of behavior.TrustedKeyGroups?.Items ?? []) add('key-group', id);
    for (const { FunctionARN } of behavior.FunctionAssociations?.Items ?? [])
      add('function', functionName(FunctionARN));
    for (const { LambdaFunctionARN } of behavior.LambdaFunctionAssociations?.Items ?? [])
      add('lambda', LambdaFunctionARN);
  }
  add(DEPLOYMENT_POLICY, config.ContinuousDeploymentPolicyId);
  add(CONNECTION_FUNCTION, config.ConnectionFunctionAssociation?.Id);
  add(TRUST_STORE, config.ViewerMtlsConfig?.TrustStoreConfig?.TrustStoreId);
  add('connection-mode', config.ConnectionMode ?? 'direct');
  if (config.Staging === true) add('staging', 'true');
  return used;
}

/** The answer to making one. */
export function made(row: DistributionRow, ctx: Ctx) {
  const Location = `https://cloudfront.amazonaws.com/2020-05-31/distribution/${row.id}`;
  return { Distribution: show(row, ctx), Location, ETag: row.etag };
}

type Prepared<T> = {
  config: DistributionConfig;
  before?: DistributionConfig | undefined;
  check: () => void;
  work: () => T;
};

/**
 * Does `work` once logs that were not kept before can be brought to their bucket, and functions that were not run before have been looked at; what is
 * refused opens none.
 */
function prepared<T>({ config, before, check, work }: Prepared<T>, ctx: Ctx): T | Promise<T> {
  const bucket = logBucket(config);
  const isOpen = bucket === undefined || (before !== undefined && bucket === logBucket(before));
  const functions = newFunctions(config, before);
  if (isOpen && functions.length === 0) return work();
  check();
  return checkFunctions(functions, ctx)
    .then(() => (isOpen ? undefined : openLogBucket(bucket, ctx)))
    .then(() => ctx.transact(work));
}

/** Makes one with its logs, and shows it. */
function making(config: DistributionConfig, ctx: Ctx, tagged: (row: DistributionRow) => void = () => {}) {
  const work = () => {
    const row = makeDistribution(config, ctx);
    tagged(row);
    return made(row, ctx);
  };
  return prepared({ config, check: () => checkNew(config, ctx), work }, ctx);
}

export const createDistribution: Handler<'cloudfront', 'CreateDistribution'> = ({ DistributionConfig }, ctx) =>
  making(completeConfig(DistributionConfig), ctx);

export const createDistributionWithTags: Handler<'cloudfront', 'CreateDistributionWithTags'> = (
  { DistributionConfigWithTags: { DistributionConfig, Tags } },
  ctx,
) =>
  making(completeConfig(DistributionConfig), ctx, ({ id }) => setTags(distributionArn(ctx, id), Tags.Items ?? [], ctx));

export const getDistribution: Handler<'cloudfront', 'GetDistribution'> = ({ Id }, ctx) => {
  const row = findDistribution(ctx.store, Id);
  return { Distribution: show(row, ctx), ETag: row.etag };
};

export const getDistributionConfig: Handler<'cloudfront', 'GetDistributionConfig'> = ({ Id }, ctx) => {
  const row = findDistribution(ctx.store, Id);
  return { DistributionConfig: row.config, ETag: row.etag };
};

/** @throws {ServiceError} where a distribution can't become so */
function checkChange(before: DistributionRow, config: DistributionConfig, ctx: Ctx): void {
  checkConfig(config, ctx);
  if (config.CallerReference !== before.callerReference)
    throw errors.illegalUpdate('The CallerReference of a distribution cannot be changed.');
  if (isTemplate(config) !== isTemplate(before.config))
    throw errors.illegalUpdate('The ConnectionMode of a distribution cannot be changed.');
  if (config.Staging !== before.config.Staging)
    throw errors.illegalUpdate('The Staging flag of a distribution cannot be changed.');
  const { ContinuousDeploymentPolicyId: id = '' } = config;
  if (id !== '' && ctx.store.get(things, { kind: DEPLOYMENT_POLICY, id }) === undefined)
    throw errors.noSuchDeploymentPolicy();
}

/** Changes what a distribution is. */
export function changeDistribution(before: DistributionRow, config: DistributionConfig, ctx: Ctx): DistributionRow {
  checkChange(before, config, ctx);
  const row = { ...before, config, etag: newEtag(ctx), modifiedAt: ctx.now, deployedAt: ctx.now + DEPLOYMENT };
  keep(row, before, ctx);
  if (isTemplate(config)) keepTenants(row, before, ctx);
  return row;
}

/** In a transaction: tenants of a template that has changed have to fit it, and show its certificate. */
function keepTenants(row: DistributionRow, before: DistributionRow, ctx: Ctx): void {
  const isSame = (part: (config: DistributionConfig) => unknown) =>
    JSON.stringify(part(row.config)) === JSON.stringify(part(before.config));
  if (isSame(({ TenantConfig, Origins, ViewerCertificate }) => [TenantConfig, Origins, ViewerCertificate])) return;
  for (const tenant of ctx.store.list(tenants, { index: 'byDistribution', where: { distribution: row.id } })) {
    checkParameters(row.config, tenant.parameters);
    showDomains(tenant, { tenant, template: before }, row, ctx);
  }
}

export const updateDistribution: Handler<'cloudfront', 'UpdateDistribution'> = (input, ctx) => {
  const find = () => {
    const before = findDistribution(ctx.store, input.Id);
    checkMatch(input.IfMatch, before.etag);
    return before;
  };
  const { config: had } = find();
  if (!isTemplate(input.DistributionConfig)) checkComplete(input.DistributionConfig);
  const config = completeConfig(input.DistributionConfig);
  const work = () => {
    const row = changeDistribution(find(), config, ctx);
    return { Distribution: show(row, ctx), ETag: row.etag };
  };
  return prepared({ config, before: had, check: () => checkChange(find(), config, ctx), work }, ctx);
};

export const deleteDistribution: Handler<'cloudfront', 'DeleteDistribution'> = ({ Id, IfMatch }, ctx) => {
  const row = findDistribution(ctx.store, Id);
  checkMatch(IfMatch, row.etag);
  if (row.config.Enabled) throw errors.distributionNotDisabled();
  const { store } = ctx;
  if (store.first(tenants, { index: 'byDistribution', where: { distribution: Id } }) !== undefined)
    throw errors.resourceInUse();
  if (store.first(things, { index: 'byName', where: { kind: DEPLOYMENT_POLICY, name: domainOf(row) } }) !== undefined)
    throw errors.stagingInUse();
  if (!isTemplate(row.config)) for (const name of addressesOf(row)) ctx.release('cloudfront', name);
  moveDomains(row.id, row.config.Aliases?.Items ?? [], [], ctx);
  showCertificate(undefined, row, ctx);
  for (const use of store.list(uses, { index: 'byDistribution', where: { distribution: Id } })) store.delete(uses, use);
  for (const one of store.list(invalidations, { where: { distribution: Id } })) store.delete(invalidations, one);
  for (const one of store.list(logs, { where: { distribution: Id } })) store.delete(logs, one);
  for (const one of store.list(tags, { where: { arn: distributionArn(ctx, Id) } })) store.delete(tags, one);
  store.delete(distributions, row);
  touch(ctx);
  return {};
};

/** Source: CloudFront Developer Guide, "Use CloudFront continuous deployment to safely test CDN configuration changes". */
export const copyDistribution: Handler<'cloudfront', 'CopyDistribution'> = (input, ctx) => {
  const primary = findDistribution(ctx.store, input.PrimaryDistributionId);
  checkMatch(input.IfMatch, primary.etag);
  if (input.Staging !== true) throw errors.invalidArgument('The Staging flag must be true.');
  if (primary.config.Staging === true) throw commonError('AccessDenied', 'A staging distribution cannot be copied.');
  const config: DistributionConfig = {
    ...primary.config,
    CallerReference: input.CallerReference,
    Aliases: { Quantity: 0 },
    ContinuousDeploymentPolicyId: '',
    ViewerCertificate: completeConfig({ ...primary.config, ViewerCertificate: {} }).ViewerCertificate ?? {},
    Staging: true,
    Enabled: input.Enabled ?? primary.config.Enabled,
  };
  return made(makeDistribution(config, ctx), ctx);
};

export const updateDistributionWithStagingConfig: Handler<'cloudfront', 'UpdateDistributionWithStagingConfig'> = (
  { Id, StagingDistributionId, IfMatch },
  ctx,
) => {
  const primary = findDistribution(ctx.store, Id);
  const staging = findDistribution(ctx.store, StagingDistributionId ?? '');
  const [first = '', second = ''] = (IfMatch ?? '').split(',').map((part) => part.trim());
  checkMatch(first, primary.etag);
  checkMatch(second, staging.etag);
  const { CallerReference, Aliases, ViewerCertificate, Staging, ContinuousDeploymentPolicyId, Comment, Enabled } =
    primary.config;
  const kept = {
    CallerReference,
    Comment,
    Enabled,
    ...defined({ Aliases, ViewerCertificate, Staging, ContinuousDeploymentPolicyId }),
  };
  const row = changeDistribution(primary, { ...staging.config, ...kept }, ctx);
  disablePolicy(ContinuousDeploymentPolicyId, ctx);
  return { Distribution: show(row, ctx), ETag: row.etag };
};

/** All traffic goes to the primary again. Source: CloudFront Developer Guide, "To promote a staging distribution's configuration". */
function disablePolicy(id: string | undefined, ctx: Ctx): void {
  const policy = ctx.store.get(things, { kind: DEPLOYMENT_POLICY, id: id ?? '' });
  if (policy === undefined) return;
  const config = { ...policy.config, Enabled: false };
  ctx.store.put(things, { ...policy, config, etag: newEtag(ctx), modifiedAt: ctx.now });
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
