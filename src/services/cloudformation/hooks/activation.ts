/** Hooks are activated in an account and Region, configured, and deactivated. Of public hooks there is AWS's own by Lambda. */
import { type Ctx, type Handler, passing } from '#kernel/contract';
import { registryFault, typeMissing } from '../errors.ts';
import { configurationOf } from './configuration.ts';
import { hookArn } from './invoke.ts';
import { type HookRow, hooks } from './state.ts';

export const LAMBDA_HOOK = 'AWS::Hooks::LambdaHook';

type Named = { TypeName?: string | undefined; Arn?: string | undefined; TypeArn?: string | undefined };

/** A hook by its name or its ARN. @throws {ServiceError} TypeNotFoundException */
export function findHook({ TypeName, Arn, TypeArn = Arn }: Named, ctx: Ctx): HookRow {
  const row = hookNamed({ TypeName, TypeArn }, ctx);
  if (row === undefined) throw typeMissing(TypeName ?? TypeArn ?? '');
  return row;
}

/** The same; undefined where there is none. */
export function hookNamed({ TypeName, TypeArn }: Named, ctx: Ctx): HookRow | undefined {
  if (TypeName !== undefined) return ctx.store.get(hooks, { name: TypeName });
  return ctx.store.list(hooks).find(({ name }) => hookArn(name, ctx) === TypeArn);
}

export const activateType: Handler<'cloudformation', 'ActivateType'> = (input, ctx) => {
  const { TypeName, PublicTypeArn, TypeNameAlias: alias, ExecutionRoleArn: roleArn, LoggingConfig } = input;
  const isLambdaHook = TypeName === LAMBDA_HOOK || PublicTypeArn?.endsWith('/AWS-Hooks-LambdaHook') === true;
  if (!isLambdaHook) throw typeMissing(TypeName ?? PublicTypeArn ?? '');
  if (alias === undefined || /^(Alexa|AMZN|Amazon|ASK|AWS|Custom|Dev)::/.test(alias))
    throw registryFault(`TypeNameAlias is required to activate ${LAMBDA_HOOK}, in a namespace that is not reserved`);
  if (roleArn === undefined) throw registryFault(`ExecutionRoleArn is required to activate ${LAMBDA_HOOK}`);
  ctx.authorize(passing(roleArn, 'hooks.cloudformation'));
  const before = ctx.store.get(hooks, { name: alias });
  ctx.store.put(hooks, {
    configurations: 0,
    activatedAt: ctx.now,
    ...before,
    name: alias,
    roleArn,
    autoUpdate: input.AutoUpdate ?? true,
    ...(LoggingConfig !== undefined && { logging: { ...LoggingConfig } }),
  });
  return { Arn: hookArn(alias, ctx) };
};

export const deactivateType: Handler<'cloudformation', 'DeactivateType'> = (input, ctx) => {
  ctx.store.delete(hooks, findHook(input, ctx));
  return {};
};

export const setTypeConfiguration: Handler<'cloudformation', 'SetTypeConfiguration'> = (input, ctx) => {
  const hook = findHook(input, ctx);
  configurationOf(input.Configuration);
  if ((input.ConfigurationAlias ?? 'default') !== 'default')
    throw registryFault('A hook has the configuration default alone');
  ctx.store.put(hooks, {
    ...hook,
    configuration: input.Configuration,
    configuredAt: ctx.now,
    configurations: hook.configurations + 1,
  });
  return { ConfigurationArn: configurationArn(hook, ctx) };
};

/** The ARN of a hook's configuration. */
export function configurationArn({ name }: HookRow, ctx: Pick<Ctx, 'partition' | 'region' | 'account'>): string {
  return `${hookArn(name, ctx).replace(':type/', ':type-configuration/')}/default`;
}

export const batchDescribeTypeConfigurations: Handler<'cloudformation', 'BatchDescribeTypeConfigurations'> = (
  input,
  ctx,
) => {
  const found = input.TypeConfigurationIdentifiers.map((identifier) => {
    const { TypeConfigurationArn: arn, TypeName, TypeArn } = identifier;
    const ofConfiguration = arn?.replace(':type-configuration/', ':type/').replace(/\/default$/, '');
    return { identifier, hook: hookNamed({ TypeName, TypeArn: TypeArn ?? ofConfiguration }, ctx) };
  });
  return {
    Errors: found
      .filter(({ hook }) => hook === undefined)
      .map(({ identifier }) => ({
        ErrorCode: 'TypeConfigurationNotFoundException',
        ErrorMessage: `The type configuration of ${identifier.TypeName ?? identifier.TypeArn ?? identifier.TypeConfigurationArn} cannot be found.`,
        TypeConfigurationIdentifier: identifier,
      })),
    UnprocessedTypeConfigurations: [],
    TypeConfigurations: found.flatMap(({ hook }) =>
      hook === undefined
        ? []
        : [
            {
              Arn: configurationArn(hook, ctx),
              Alias: 'default',
              Configuration: hook.configuration ?? '{}',
              ...(hook.configuredAt !== undefined && { LastUpdated: hook.configuredAt }),
              TypeArn: hookArn(hook.name, ctx),
              TypeName: hook.name,
              IsDefaultConfiguration: true,
            },
          ],
    ),
  };
};
