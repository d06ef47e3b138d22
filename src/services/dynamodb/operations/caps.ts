/** What a table or index may have at most, as the account's quotas say. Source: aws-controllers-k8s/dynamodb-controller, docs/api-quirks: answers measured in October 2026. */
import type { Ctx } from '#kernel/contract';
import type { CreateTableInput } from '#models/dynamodb';
import { subscriberLimit, unitsOverMost } from '../errors.ts';
import { TABLE_READ_MAX, TABLE_WRITE_MAX } from '../limits.ts';

type Wanted = Pick<CreateTableInput, 'ProvisionedThroughput' | 'OnDemandThroughput' | 'WarmThroughput'>;

const KINDS = [
  ['Read', TABLE_READ_MAX],
  ['Write', TABLE_WRITE_MAX],
] as const;

/** Deviation: what all tables of an account have together is not limited. @param index none for the table. @throws {ServiceError} LimitExceededException */
export function refuseOverMost(wanted: Wanted, ctx: Ctx, index?: string): void {
  for (const [kind, quota] of KINDS) {
    const most = ctx.quota(quota);
    const refuse = (units: number, member: string, of: string) => {
      if (units > most)
        throw subscriberLimit(
          `Requested ${member} for ${of} exceeds TableMax${kind}CapacityUnits of the account in region ${ctx.region}`,
        );
    };
    const provisioned = wanted.ProvisionedThroughput?.[`${kind}CapacityUnits`] ?? 0;
    if (provisioned > most) throw unitsOverMost(`${kind}CapacityUnits`, provisioned, most, ctx.region, index);
    const onDemand = wanted.OnDemandThroughput?.[`Max${kind}RequestUnits`] ?? 0;
    refuse(
      onDemand,
      `Max${kind}RequestUnits`,
      `OnDemandThroughput for ${index === undefined ? 'table' : `index : ${index}`}`,
    );
    const warm = wanted.WarmThroughput?.[`${kind}UnitsPerSecond`] ?? 0;
    refuse(warm, `${kind}UnitsPerSecond`, `WarmThroughput for ${index === undefined ? 'table' : `index ${index}`}`);
  }
}
