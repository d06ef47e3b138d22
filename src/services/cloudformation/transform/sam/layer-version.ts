/** AWS::Serverless::LayerVersion: another content is another resource, so that what was before is not lost. */
import type { JsonObject } from '../../domain/parse.ts';
import { resourceFault } from './faults.ts';
import { codeOf } from './location.ts';
import { declaration, hashOf, type Made, made } from './made.ts';
import { boolean, type Rules, required, text, textOrMap, textsOrMaps } from './properties.ts';
import { type Declared, resolve, type Setting } from './setting.ts';
import { isGiven, isIntrinsic, isMap, listOf, type Maybe } from './values.ts';

export const LAYER_VERSION_PROPERTIES: Rules = {
  LayerName: textOrMap,
  Description: text,
  PublishLambdaVersion: boolean,
  ContentUri: required(textOrMap),
  CompatibleArchitectures: textsOrMaps,
  CompatibleRuntimes: textsOrMaps,
  LicenseInfo: text,
  RetentionPolicy: text,
};

/**
 * What a version of a layer stands for.
 *
 * @throws {SamFault}
 */
export function layerVersionOf({ id, given, attributes, passed, dependsOn }: Declared, setting: Setting): Made[] {
  for (const name of ['LayerName', 'LicenseInfo', 'Description', 'RetentionPolicy']) {
    if (!isGiven(given[name])) continue;
    const value = resolve(given[name], setting);
    if (typeof value !== 'string' && !isMap(value))
      throw resourceFault(id, `Could not resolve parameter for '${name}' or parameter is not a String.`);
    given[name] = value;
  }
  const retention = retentionOf(id, given.RetentionPolicy);
  const logical = `${id}${hashOf(contentOf(id, given, attributes, dependsOn))}`;
  const layer = made(
    logical,
    'AWS::Lambda::LayerVersion',
    {
      LayerName: isGiven(given.LayerName) ? given.LayerName : id,
      Description: given.Description,
      Content: codeOf(logical, 'ContentUri', given.ContentUri),
      CompatibleArchitectures: given.CompatibleArchitectures,
      CompatibleRuntimes: given.CompatibleRuntimes,
      LicenseInfo: given.LicenseInfo,
    },
    {
      attributes: {
        DeletionPolicy: 'Retain',
        ...passed,
        ...(retention !== undefined && { DeletionPolicy: retention }),
      },
      dependsOn,
    },
  );
  checkArchitectures(logical, given.CompatibleArchitectures);
  return [layer];
}

/** What becomes of it at its end makes no other layer. */
function contentOf(id: string, given: JsonObject, attributes: JsonObject, dependsOn: Maybe): JsonObject {
  const { DeletionPolicy: _, UpdateReplacePolicy: _1, Metadata: _2, ...rest } = attributes;
  const layer = made(id, 'AWS::Serverless::LayerVersion', given, { attributes: rest, dependsOn });
  return { [id]: declaration(layer) };
}

function retentionOf(id: string, policy: Maybe): string | undefined {
  const options = "['Retain', 'Delete']";
  if (isIntrinsic(policy))
    throw resourceFault(
      id,
      `'RetentionPolicy' does not accept intrinsic functions, please use one of the following options: ${options}`,
    );
  if (policy === undefined || policy === null) return undefined;
  if (typeof policy !== 'string')
    throw resourceFault(id, `Invalid 'RetentionPolicy' type, please use one of the following options: ${options}`);
  const option = ['Retain', 'Delete'].find((one) => one.toLowerCase() === policy.toLowerCase());
  if (option === undefined)
    throw resourceFault(id, `'RetentionPolicy' must be one of the following options: ${options}.`);
  return option;
}

function checkArchitectures(id: string, architectures: Maybe): void {
  if (isIntrinsic(architectures)) return;
  if (listOf(architectures).some((one) => !isIntrinsic(one) && one !== 'arm64' && one !== 'x86_64'))
    throw resourceFault(id, "CompatibleArchitectures needs to be a list of 'x86_64' or 'arm64'");
}
