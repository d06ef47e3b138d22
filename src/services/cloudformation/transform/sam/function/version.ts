/** Versions that are published by themselves, and the alias that points to the newest. */
import type { JsonObject } from '../../../domain/parse.ts';
import { resourceFault } from '../faults.ts';
import { hashOf, type Made, made } from '../made.ts';
import { told } from '../python.ts';
import { type Declared, resolve, type Setting } from '../setting.ts';
import { getAtt, isGiven, isMap, listOf, logicalIdOf, mapOf, ref } from '../values.ts';

const ALIAS = /^(?![0-9]+$)[a-zA-Z0-9\-_]+$/;

/** What AutoPublishAlias makes; the function's description tells of AutoPublishCodeSha256. */
export function published(declared: Declared, lambda: Made, setting: Setting): { version: Made; alias: Made } {
  const { id, given } = declared;
  const name = resolve(given.AutoPublishAlias, setting);
  if (typeof name !== 'string')
    throw resourceFault(id, "'AutoPublishAlias' must be a string or a Ref to a template parameter");
  let sha: string | undefined;
  if (isGiven(given.AutoPublishCodeSha256)) {
    const resolved = resolve(given.AutoPublishCodeSha256, setting);
    if (typeof resolved !== 'string') throw resourceFault(id, 'AutoPublishCodeSha256 must be a string');
    sha = resolved;
    const description = resolve(given.Description, setting);
    if (!isGiven(description)) lambda.properties.Description = sha;
    else if (typeof description === 'string') lambda.properties.Description = `${description} ${sha}`;
    else lambda.properties.Description = { 'Fn::Join': [' ', [description, sha]] };
  }
  const version = versionOf(declared, lambda, sha, setting);
  return { version, alias: aliasOf(declared, name, version) };
}

function versionOf(declared: Declared, lambda: Made, sha: string | undefined, setting: Setting): Made {
  const { id, given, passed } = declared;
  // Code that a parameter names is other code where the parameter has another value.
  lambda.properties.Code = resolve(lambda.properties.Code, setting) ?? null;
  const all = given.AutoPublishAliasAllProperties === true;
  const content = all ? allProperties(lambda, setting) : codeAndSize(lambda);
  const byDefault = given.CapacityProviderConfig === undefined ? 'Retain' : 'Delete';
  return made(
    `${id}Version${hashFor(content, sha)}`,
    'AWS::Lambda::Version',
    {
      FunctionName: ref(id),
      Description: given.VersionDescription,
      ...(given.CapacityProviderConfig !== undefined && { FunctionScalingConfig: given.FunctionScalingConfig }),
    },
    { attributes: { DeletionPolicy: given.VersionDeletionPolicy ?? byDefault, ...passed } },
  );
}

const hashFor = (content: JsonObject, sha: string | undefined) =>
  sha === undefined || sha === '' ? hashOf(content) : sha.slice(0, 10);

function codeAndSize({ properties }: Made): JsonObject {
  const { Code, Environment, MemorySize, SnapStart } = properties;
  const applies = mapOf(SnapStart).ApplyOn ?? 'None';
  return {
    ...mapOf(Code),
    ...mapOf(Environment),
    ...(isGiven(MemorySize) && { MemorySize }),
    ...(isGiven(SnapStart) && applies !== 'None' && { SnapStart }),
  };
}

/** Layers count, too, where they say so. */
function allProperties({ properties }: Made, { resources }: Setting): JsonObject {
  const content: JsonObject = { ...properties };
  for (const layer of listOf(properties.Layers)) {
    const id = logicalIdOf(layer) ?? '';
    const declared = mapOf(resources[id]).Properties;
    if (isMap(declared) && isGiven(declared.PublishLambdaVersion)) content[id] = declared;
  }
  return content;
}

function aliasOf({ id, given, passed }: Declared, name: string, version: Made): Made {
  if (name === '') throw resourceFault(id, 'Alias name is required to create an alias');
  if (!ALIAS.test(name))
    throw resourceFault(
      id,
      `AutoPublishAlias name ('${told(name)}') must contain only alphanumeric characters, hyphens, or underscores matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.`,
    );
  return made(
    `${id}Alias${name.replaceAll('-', 'D').replaceAll('_', 'U')}`,
    'AWS::Lambda::Alias',
    {
      Name: name,
      FunctionName: ref(id),
      FunctionVersion: getAtt(version.id, 'Version'),
      ...(isGiven(given.ProvisionedConcurrencyConfig) && {
        ProvisionedConcurrencyConfig: given.ProvisionedConcurrencyConfig,
      }),
    },
    { attributes: passed },
  );
}
