/** Continuous deployment: which requests go to the staging distribution. Source: CloudFront Developer Guide, "Use CloudFront continuous deployment". */
import type { Ctx, TrafficRequest } from '#kernel/contract';
import type { ContinuousDeploymentPolicyConfig } from '#models/cloudfront';
import { type DistributionRow, distributions, things } from '../state.ts';

/** The kind of thing that a policy is; its name is the staging distribution's. */
export const DEPLOYMENT_POLICY = 'continuous-deployment-policy';

/** The distribution that answers: itself, or the one in which its changes are tried out. */
export function chosen(row: DistributionRow, { headers }: TrafficRequest, ctx: Ctx): DistributionRow {
  const id = row.config.ContinuousDeploymentPolicyId;
  if (id === undefined || id === '') return row;
  const policy = ctx.store.get(things, { kind: DEPLOYMENT_POLICY, id })?.config as
    | ContinuousDeploymentPolicyConfig
    | undefined;
  if (policy?.Enabled !== true) return row;
  const { SingleHeaderConfig, SingleWeightConfig } = policy.TrafficConfig ?? {};
  const isStaged =
    SingleHeaderConfig !== undefined
      ? headers[SingleHeaderConfig.Header.toLowerCase()] === SingleHeaderConfig.Value
      : ctx.random.fraction() < (SingleWeightConfig?.Weight ?? 0);
  if (!isStaged) return row;
  const name = policy.StagingDistributionDnsNames.Items?.[0]?.split('.', 1)[0] ?? '';
  const staging = ctx.store.first(distributions, { index: 'byName', where: { name } });
  return staging?.config.Enabled === true ? staging : row;
}
