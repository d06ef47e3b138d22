/** AWS::Serverless::Application: a stack within the stack. */
import { resourceFault } from './faults.ts';
import { samTags } from './function/lambda.ts';
import { type Made, made } from './made.ts';
import { integer, map, type Rules, text, textOrMap, textsOrMaps } from './properties.ts';
import type { Declared } from './setting.ts';
import { isMap } from './values.ts';

export const APPLICATION_PROPERTIES: Rules = {
  Location: textOrMap,
  TemplateUrl: text,
  Parameters: map,
  NotificationARNs: textsOrMaps,
  Tags: map,
  TimeoutInMinutes: integer,
};

/**
 * What an application stands for.
 *
 * @throws {SamFault}
 */
export function applicationOf({ id, given, passed, dependsOn }: Declared): Made[] {
  if (!('Location' in given)) throw resourceFault(id, 'Resource is missing the required [Location] property.');
  if (isMap(given.Location)) {
    for (const key of ['ApplicationId', 'SemanticVersion'])
      if (!(key in given.Location)) throw resourceFault(id, `Resource is missing the required [${key}] property.`);
    throw resourceFault(id, 'The AWS Serverless Application Repository is not built in Cloudyard.');
  }
  const stack = made(
    id,
    'AWS::CloudFormation::Stack',
    {
      TemplateURL: given.Location,
      Parameters: given.Parameters,
      NotificationARNs: given.NotificationARNs,
      Tags: samTags(id, given.Tags),
      TimeoutInMinutes: given.TimeoutInMinutes,
    },
    { attributes: passed, dependsOn },
  );
  return [stack];
}
