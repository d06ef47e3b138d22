/** Continuous deployment policies: how much of a distribution's traffic goes to its staging distribution. Source of texts: badmintoncryer/cdk-preflight. */
import { isDeepStrictEqual } from 'node:util';
import { type Handler, notBuilt } from '#kernel/contract';
import type { ContinuousDeploymentPolicyConfig } from '#models/cloudfront';
import { DEPLOYMENT_POLICY } from '../domain/deployment.ts';
import * as errors from '../errors.ts';
import { distributions, type ThingRow } from '../state.ts';
import { createThing, deleteThing, getThing, listThingsShortly, locationOf, type Noun, updateThing } from './noun.ts';

const policy: Noun<ContinuousDeploymentPolicyConfig> = {
  kind: DEPLOYMENT_POLICY,
  path: 'continuous-deployment-policy',
  newId: (ctx) => ctx.uuid(),
  nameOf: ({ StagingDistributionDnsNames }) => StagingDistributionDnsNames.Items?.[0] ?? '',
  complete(config, ctx) {
    const { StagingDistributionDnsNames: names, TrafficConfig: traffic } = config;
    const [domain = ''] = names.Items ?? [];
    if (names.Quantity !== (names.Items ?? []).length || names.Quantity === 0) throw errors.inconsistentQuantities();
    if (names.Quantity > 1)
      throw errors.invalidArgument(
        'The parameter StagingDistributionDnsNames contains more than one staging distribution.',
      );
    if (!/^d[a-z0-9]{12,13}\.cloudfront\.net$/.test(domain))
      throw errors.invalidArgument(
        'The parameter StagingDistributionDnsNames is not a default CloudFront domain name.',
      );
    const name = domain.split('.', 1)[0] ?? '';
    const staging = ctx.store.first(distributions, { index: 'byName', where: { name } });
    if (staging?.config.Staging !== true) throw errors.invalidArgument('The staging distribution does not exist.');
    const sticky = traffic?.SingleWeightConfig?.SessionStickinessConfig;
    if (sticky !== undefined && sticky.IdleTTL > sticky.MaximumTTL)
      throw errors.invalidArgument('The parameter Maximum TTL must be larger than Inactive Session TTL.');
    if (sticky !== undefined) throw notBuilt('SessionStickinessConfig');
    const { Weight = 0 } = traffic?.SingleWeightConfig ?? {};
    if (Weight < 0 || Weight > 0.15) throw errors.invalidArgument('The parameter Weight must be between 0 and 0.15.');
    const header = traffic?.SingleHeaderConfig?.Header;
    if (header !== undefined && !/^aws-cf-cd-/i.test(header))
      throw errors.invalidArgument('The parameter Header must begin with aws-cf-cd-.');
    return config;
  },
  missing: errors.noSuchDeploymentPolicy,
  exists: (config, known) =>
    isDeepStrictEqual(config, known)
      ? errors.thingError(
          'ContinuousDeploymentPolicyAlreadyExists',
          'A continuous deployment policy with this configuration already exists.',
        )
      : errors.stagingInUse(),
  inUse: () =>
    errors.thingError(
      'ContinuousDeploymentPolicyInUse',
      'You cannot delete a continuous deployment policy that is associated with a primary distribution.',
    ),
  most: {
    count: 20,
    error: () => errors.tooMany('TooManyContinuousDeploymentPolicies', 'continuous deployment policies'),
  },
};

const policyOf = (row: ThingRow) => ({
  Id: row.id,
  LastModifiedTime: row.modifiedAt,
  ContinuousDeploymentPolicyConfig: row.config as ContinuousDeploymentPolicyConfig,
});

export const createContinuousDeploymentPolicy: Handler<'cloudfront', 'CreateContinuousDeploymentPolicy'> = (
  { ContinuousDeploymentPolicyConfig },
  ctx,
) => {
  const row = createThing(policy, ContinuousDeploymentPolicyConfig, ctx);
  return { ContinuousDeploymentPolicy: policyOf(row), Location: locationOf(policy, row), ETag: row.etag };
};

export const getContinuousDeploymentPolicy: Handler<'cloudfront', 'GetContinuousDeploymentPolicy'> = ({ Id }, ctx) => {
  const row = getThing(policy, Id, ctx);
  return { ContinuousDeploymentPolicy: policyOf(row), ETag: row.etag };
};

export const getContinuousDeploymentPolicyConfig: Handler<'cloudfront', 'GetContinuousDeploymentPolicyConfig'> = (
  { Id },
  ctx,
) => {
  const row = getThing(policy, Id, ctx);
  return { ContinuousDeploymentPolicyConfig: row.config as ContinuousDeploymentPolicyConfig, ETag: row.etag };
};

export const updateContinuousDeploymentPolicy: Handler<'cloudfront', 'UpdateContinuousDeploymentPolicy'> = (
  input,
  ctx,
) => {
  const row = updateThing(
    policy,
    { id: input.Id, ifMatch: input.IfMatch, given: input.ContinuousDeploymentPolicyConfig },
    ctx,
  );
  return { ContinuousDeploymentPolicy: policyOf(row), ETag: row.etag };
};

export const deleteContinuousDeploymentPolicy: Handler<'cloudfront', 'DeleteContinuousDeploymentPolicy'> = (
  { Id, IfMatch },
  ctx,
) => deleteThing(policy, { id: Id, ifMatch: IfMatch }, ctx);

export const listContinuousDeploymentPolicies: Handler<'cloudfront', 'ListContinuousDeploymentPolicies'> = (
  input,
  ctx,
) => ({
  ContinuousDeploymentPolicyList: listThingsShortly(policy, input, ctx, (row) => ({
    ContinuousDeploymentPolicy: policyOf(row),
  })),
});
