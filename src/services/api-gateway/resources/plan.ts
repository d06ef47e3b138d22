/** Keys, usage plans, and the account's settings. */
import { isGone, type Properties, type ResourceTypes, tagsOf } from '#kernel/contract';
import type { QuotaSettings, ThrottleSettings } from '#models/api-gateway';
import { compact } from '../domain/noun.ts';
import {
  flag,
  ifThere,
  madeOnce,
  madeWith,
  mapPatches,
  number,
  type Patch,
  patchesOf,
  retag,
  shownAs,
  text,
} from './values.ts';

type Limits = { BurstLimit?: unknown; RateLimit?: unknown };
type PlanStage = { ApiId?: unknown; Stage?: unknown; Throttle?: { [method: string]: Limits } };

const throttleOf = (given: unknown): ThrottleSettings | undefined => {
  if (given === undefined) return undefined;
  const { BurstLimit, RateLimit } = given as Limits;
  return compact<ThrottleSettings>({ burstLimit: number(BurstLimit), rateLimit: number(RateLimit) });
};

const limitsOf = ({ burstLimit, rateLimit }: ThrottleSettings) =>
  compact<Limits>({ BurstLimit: burstLimit, RateLimit: rateLimit });

const quotaOf = (given: unknown): QuotaSettings | undefined => {
  if (given === undefined) return undefined;
  const { Limit, Offset, Period } = given as { Limit?: unknown; Offset?: unknown; Period?: QuotaSettings['period'] };
  return compact<QuotaSettings>({ limit: number(Limit), offset: number(Offset), period: Period });
};

const stagesOf = (given: unknown) =>
  ((given ?? []) as PlanStage[]).map(({ ApiId, Stage, Throttle }) => ({
    apiId: String(ApiId),
    stage: String(Stage),
    ...(Throttle !== undefined && {
      throttle: Object.fromEntries(
        Object.entries(Throttle).map(([method, limits]) => [method, throttleOf(limits) ?? {}]),
      ),
    }),
  }));

/** What a plan has of one template and not of the next goes; the rest is set. */
function planPatches(before: Properties, after: Properties): Patch[] {
  const patches = patchesOf(before, after, { UsagePlanName: '/name', Description: '/description' });
  for (const [name, path, read, none] of [
    ['Throttle', '/throttle', throttleOf, { burstLimit: 0, rateLimit: 0 }],
    ['Quota', '/quota', quotaOf, { offset: 0 }],
  ] as const) {
    const [old, now] = [read(before[name]), read(after[name])];
    if (now === undefined) patches.push(...(old === undefined ? [] : [{ op: 'remove' as const, path }]));
    else patches.push(...mapPatches(old, { ...none, ...now }, path));
  }
  const key = ({ apiId, stage }: { apiId: string; stage: string }) => `${apiId}:${stage}`;
  const [old, now] = [stagesOf(before.ApiStages), stagesOf(after.ApiStages)];
  for (const one of old)
    if (!now.some((other) => key(other) === key(one)))
      patches.push({ op: 'remove', path: '/apiStages', value: key(one) });
  for (const one of now) {
    if (!old.some((other) => JSON.stringify(other) === JSON.stringify(one)))
      patches.push({ op: 'add', path: '/apiStages', value: key(one) });
    for (const [method, limits] of Object.entries(('throttle' in one ? one.throttle : undefined) ?? {})) {
      const at = `/apiStages/${key(one)}/throttle/${method
        .replace(/\/([A-Z*]+)$/, ' $1')
        .split(' ')
        .map((part) => part.replaceAll('/', '~1'))
        .join('/')}`;
      patches.push(
        { op: 'replace', path: `${at}/rateLimit`, value: String(limits?.rateLimit ?? 0) },
        { op: 'replace', path: `${at}/burstLimit`, value: String(limits?.burstLimit ?? 0) },
      );
    }
  }
  return patches;
}

export const planTypes: ResourceTypes = {
  'AWS::ApiGateway::ApiKey': {
    async create(properties, scope) {
      const gateway = scope.aws['api-gateway'];
      const name = text(properties.Name) ?? scope.name(128);
      const stageKeys = ((properties.StageKeys ?? []) as Properties[]).map((one) => ({
        restApiId: text(one.RestApiId),
        stageName: text(one.StageName),
      }));
      const input = compact<Parameters<typeof gateway.CreateApiKey>[0]>({
        name,
        description: text(properties.Description),
        enabled: flag(properties.Enabled) ?? false,
        generateDistinctId: flag(properties.GenerateDistinctId),
        value: text(properties.Value),
        customerId: text(properties.CustomerId),
        stageKeys,
        tags: tagsOf(properties, scope),
      });
      const { id = '' } = await madeOnce(
        scope,
        () => gateway.CreateApiKey(input),
        async () => (await gateway.GetApiKeys({ nameQuery: name, limit: 500 })).items?.find((one) => one.name === name),
      );
      return madeWith(id, 'APIKeyId');
    },
    async update(apiKey, properties, before, scope) {
      await retag(`apikeys/${apiKey}`, properties, before, scope);
      const patchOperations = patchesOf(before, properties, {
        Description: '/description',
        Enabled: ['/enabled', 'false'],
        CustomerId: '/customerId',
      });
      await scope.aws['api-gateway'].UpdateApiKey({ apiKey, patchOperations });
      return madeWith(apiKey, 'APIKeyId');
    },
    delete: (apiKey, _, { aws }) => isGone('NotFoundException', aws['api-gateway'].DeleteApiKey({ apiKey })),
    async read(apiKey, properties, { aws }) {
      const shown = await ifThere('NotFoundException', aws['api-gateway'].GetApiKey({ apiKey, includeValue: true }));
      return (
        shown && {
          ...shownAs(properties, shown),
          ...(properties.StageKeys !== undefined && { StageKeys: properties.StageKeys }),
        }
      );
    },
  },
  'AWS::ApiGateway::UsagePlan': {
    async create(properties, scope) {
      const gateway = scope.aws['api-gateway'];
      const { id = '' } = await gateway.CreateUsagePlan(
        compact<Parameters<typeof gateway.CreateUsagePlan>[0]>({
          name: text(properties.UsagePlanName) ?? scope.name(128),
          description: text(properties.Description),
          apiStages: stagesOf(properties.ApiStages),
          throttle: throttleOf(properties.Throttle),
          quota: quotaOf(properties.Quota),
          tags: tagsOf(properties, scope),
        }),
      );
      return madeWith(id, 'Id');
    },
    async update(usagePlanId, properties, before, scope) {
      await retag(`usageplans/${usagePlanId}`, properties, before, scope);
      await scope.aws['api-gateway'].UpdateUsagePlan({ usagePlanId, patchOperations: planPatches(before, properties) });
      return madeWith(usagePlanId, 'Id');
    },
    async delete(usagePlanId, _, { aws }) {
      const gateway = aws['api-gateway'];
      const plan = await ifThere('NotFoundException', gateway.GetUsagePlan({ usagePlanId }));
      if (plan === undefined) return;
      const patchOperations = (plan.apiStages ?? []).map(
        ({ apiId, stage }): Patch => ({ op: 'remove', path: '/apiStages', value: `${apiId}:${stage}` }),
      );
      if (patchOperations.length > 0) await gateway.UpdateUsagePlan({ usagePlanId, patchOperations });
      await isGone('NotFoundException', gateway.DeleteUsagePlan({ usagePlanId }));
    },
    async read(usagePlanId, properties, { aws }) {
      const shown = await ifThere('NotFoundException', aws['api-gateway'].GetUsagePlan({ usagePlanId }));
      if (shown === undefined) return undefined;
      const { name, throttle, quota, apiStages = [] } = shown;
      const own: Properties = {
        ...shownAs(properties, shown),
        UsagePlanName: name,
        Throttle: throttle && limitsOf(throttle),
        Quota: quota && compact({ Limit: quota.limit, Offset: quota.offset, Period: quota.period }),
        ApiStages: apiStages.map(({ apiId, stage, throttle: own = {} }) => ({
          ApiId: apiId,
          Stage: stage,
          ...(Object.keys(own).length > 0 && {
            Throttle: Object.fromEntries(Object.entries(own).map(([method, one]) => [method, limitsOf(one ?? {})])),
          }),
        })),
      };
      return Object.fromEntries(Object.keys(properties).map((key) => [key, own[key]]));
    },
  },
  'AWS::ApiGateway::UsagePlanKey': {
    async create({ UsagePlanId, KeyId, KeyType }, scope) {
      const gateway = scope.aws['api-gateway'];
      const [usagePlanId, keyId] = [String(UsagePlanId), String(KeyId)];
      await madeOnce(
        scope,
        () => gateway.CreateUsagePlanKey({ usagePlanId, keyId, keyType: String(KeyType) }),
        () => ifThere('NotFoundException', gateway.GetUsagePlanKey({ usagePlanId, keyId })),
      );
      return madeWith(`${keyId}:${usagePlanId}`, 'Id');
    },
    delete: (_, { UsagePlanId, KeyId }, { aws }) =>
      isGone(
        'NotFoundException',
        aws['api-gateway'].DeleteUsagePlanKey({ usagePlanId: String(UsagePlanId), keyId: String(KeyId) }),
      ),
    async read(_, properties, { aws }) {
      const { UsagePlanId, KeyId } = properties;
      const shown = await ifThere(
        'NotFoundException',
        aws['api-gateway'].GetUsagePlanKey({ usagePlanId: String(UsagePlanId), keyId: String(KeyId) }),
      );
      return shown && properties;
    },
  },
  'AWS::ApiGateway::Account': {
    create: async (properties, { aws, ...scope }) => {
      await aws['api-gateway'].UpdateAccount({
        patchOperations: [
          { op: 'replace', path: '/cloudwatchRoleArn', value: text(properties.CloudWatchRoleArn) ?? '' },
        ],
      });
      return madeWith(scope.name(64), 'Id');
    },
    async update(id, properties, _, { aws }) {
      await aws['api-gateway'].UpdateAccount({
        patchOperations: [
          { op: 'replace', path: '/cloudwatchRoleArn', value: text(properties.CloudWatchRoleArn) ?? '' },
        ],
      });
      return madeWith(id, 'Id');
    },
    // The account's settings stay, as on AWS: another stack may need them.
    delete: async () => {},
    async read(_, properties, { aws }) {
      const { cloudwatchRoleArn } = await aws['api-gateway'].GetAccount({});
      return { ...properties, ...(cloudwatchRoleArn !== undefined && { CloudWatchRoleArn: cloudwatchRoleArn }) };
    },
  },
};
