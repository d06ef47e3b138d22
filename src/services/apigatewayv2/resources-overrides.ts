/** CloudFormation's type for what API Gateway made by quick create: the integration, the route and the stage are there, and get other settings. */
import type { Aws, Properties, ResourceType } from '#kernel/contract';
import { ifThere } from '#kernel/contract';

type Gateway = Aws['apigatewayv2'];
type Values = { [name: string]: unknown };
type Managed = { ApiGatewayManaged?: boolean | undefined };

/** Each part that can be overridden: which one the API has, and how it is changed. */
const PARTS = {
  Integration: {
    find: async (gateway: Gateway, ApiId: string) => managed((await gateway.GetIntegrations({ ApiId })).Items),
    change: (gateway: Gateway, at: Values) => gateway.UpdateIntegration(at as never),
    id: 'IntegrationId',
  },
  Route: {
    find: async (gateway: Gateway, ApiId: string) => managed((await gateway.GetRoutes({ ApiId })).Items),
    change: (gateway: Gateway, at: Values) => gateway.UpdateRoute(at as never),
    id: 'RouteId',
  },
  Stage: {
    find: async (gateway: Gateway, ApiId: string) => managed((await gateway.GetStages({ ApiId })).Items),
    change: (gateway: Gateway, at: Values) => gateway.UpdateStage(at as never),
    id: 'StageName',
  },
} as const;
const NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];

const managed = <T extends Managed>(items: readonly T[] = []) =>
  items.find(({ ApiGatewayManaged }) => ApiGatewayManaged === true) as Values | undefined;

/** @param typed gives numbers and flags of a template their types */
async function override(
  gateway: Gateway,
  properties: Properties,
  before: Properties,
  { typed, emptied }: Forms,
): Promise<void> {
  const ApiId = String(properties.ApiId);
  for (const name of NAMES) {
    const wanted = properties[name];
    if (wanted === undefined) continue;
    const { find, change, id } = PARTS[name];
    const part = await find(gateway, ApiId);
    const input = typed(wanted) as Values;
    const old = (before[name] ?? {}) as Properties;
    await change(gateway, { ...input, ...emptied(input, old), ApiId, [id]: part?.[id] ?? 'none' });
  }
}

type Forms = { typed(value: unknown): unknown; emptied(input: Values, before: Properties): Values };

/** Deviation: what AWS puts back once overrides are taken away is unknown; here settings stay as they were overridden. */
export function overrides(forms: Forms): ResourceType {
  return {
    async create(properties, { aws }) {
      const id = String(properties.ApiId);
      await aws.apigatewayv2.GetApi({ ApiId: id });
      await override(aws.apigatewayv2, properties, {}, forms);
      return { id, attributes: { Id: id } };
    },
    async update(id, properties, before, { aws }) {
      await override(aws.apigatewayv2, properties, before, forms);
      return { id, attributes: { Id: id } };
    },
    delete: () => Promise.resolve(),
    async read(id, properties, { aws: { apigatewayv2 } }) {
      if ((await ifThere('NotFoundException', apigatewayv2.GetApi({ ApiId: id }))) === undefined) return undefined;
      const read: Values = { ApiId: id };
      for (const name of NAMES) {
        if (properties[name] === undefined) continue;
        const part = (await PARTS[name].find(apigatewayv2, id)) ?? {};
        const own = Object.entries(properties[name] as Values);
        read[name] = Object.fromEntries(own.map(([key, value]) => [key, part[key] ?? value]));
      }
      return read;
    },
  };
}
