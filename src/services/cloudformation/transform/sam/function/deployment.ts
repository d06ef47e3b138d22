/** DeploymentPreference: traffic that moves to a new version bit by bit is CodeDeploy's work, which is not here. */
import { resourceFault } from '../faults.ts';
import type { Made } from '../made.ts';
import { mappedValue } from '../resolve.ts';
import { type Declared, resolve, type Setting } from '../setting.ts';
import { isGiven, mapOf } from '../values.ts';

/** @throws {SamFault} where it is on */
export function deploymentOf({ id, given }: Declared, alias: Made | undefined, setting: Setting): void {
  const preference = mapOf(given.DeploymentPreference);
  const enabled = mappedValue(resolve(preference.Enabled ?? true, setting), setting.mappings);
  if (!isGiven(enabled) || enabled === 'false' || enabled === 'False') return;
  if (!('Type' in preference)) throw resourceFault(id, "'DeploymentPreference' is missing required Property 'Type'");
  if (isGiven(preference.Hooks) && !isGiven(mapOf(preference.Hooks)))
    throw resourceFault(id, "'Hooks' property of 'DeploymentPreference' must be a dictionary");
  if (alias === undefined)
    throw resourceFault(id, "'DeploymentPreference' requires AutoPublishAlias property to be specified.");
  throw resourceFault(id, 'DeploymentPreference needs AWS CodeDeploy, which is not built in Cloudyard.');
}
