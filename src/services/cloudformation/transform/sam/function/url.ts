/** A function's URL, and who may ask it. */
import type { JsonObject } from '../../../domain/parse.ts';
import { expectMap, ofResource } from '../expect.ts';
import { resourceFault } from '../faults.ts';
import { type Made, made } from '../made.ts';
import type { Declared } from '../setting.ts';
import { isGiven, isIntrinsic, type Maybe, mapOf, ref } from '../values.ts';

const CORS: { readonly [name: string]: 'list' | 'bool' | 'int' } = {
  AllowOrigins: 'list',
  AllowMethods: 'list',
  AllowCredentials: 'bool',
  AllowHeaders: 'list',
  ExposeHeaders: 'list',
  MaxAge: 'int',
};
const IS: { readonly [kind: string]: (value: Maybe) => boolean } = {
  list: Array.isArray,
  bool: (value) => typeof value === 'boolean',
  int: (value) => Number.isInteger(value) || typeof value === 'boolean',
};

/**
 * A function's URL, with the permissions that a public one needs.
 *
 * @throws {SamFault}
 */
export function urlOf({ id, given, passed }: Declared, alias: Made | undefined): Made[] {
  const config = mapOf(given.FunctionUrlConfig);
  if (!isIntrinsic(config)) check(id, config);
  const target = ref(alias?.id ?? id);
  const url = made(
    `${id}Url`,
    'AWS::Lambda::Url',
    {
      TargetFunctionArn: target,
      AuthType: config.AuthType,
      Cors: isGiven(config.Cors) ? config.Cors : undefined,
      InvokeMode: config.InvokeMode,
    },
    { attributes: passed },
  );
  if (config.AuthType !== 'NONE') return [url];
  const permission = (suffix: string, Action: string, more: JsonObject) =>
    made(
      `${id}${suffix}`,
      'AWS::Lambda::Permission',
      { Action, FunctionName: target, Principal: '*', ...more },
      { attributes: passed },
    );
  return [
    url,
    permission('UrlPublicPermissions', 'lambda:InvokeFunctionUrl', { FunctionUrlAuthType: 'NONE' }),
    permission('URLInvokeAllowPublicAccess', 'lambda:InvokeFunction', { InvokedViaFunctionUrl: true }),
  ];
}

function check(id: string, { AuthType, Cors }: JsonObject): void {
  if (!isIntrinsic(AuthType) && AuthType !== 'AWS_IAM' && AuthType !== 'NONE')
    throw resourceFault(
      id,
      'AuthType is required to configure function property `FunctionUrlConfig`. Please provide either AWS_IAM or NONE.',
    );
  if (!isGiven(Cors) || isIntrinsic(Cors)) return;
  for (const [name, value] of Object.entries(expectMap(Cors, ofResource(id, 'FunctionUrlConfig.Cors')))) {
    const kind = Object.hasOwn(CORS, name) ? CORS[name] : undefined;
    if (kind === undefined) throw resourceFault(id, `${name} is not a valid property for configuring Cors.`);
    if (!isIntrinsic(value) && !IS[kind]?.(value)) throw resourceFault(id, `${name} must be of type ${kind}.`);
  }
}
