/** Deployments of REST APIs, and the stage that shows the newest. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { checkSize } from '../../size.ts';
import { suffixed } from '../events/event.ts';
import { inLegacyOrder, legacyText } from '../legacy.ts';
import { hashOf, type Made, made } from '../made.ts';
import { pythonJson, told } from '../python.ts';
import type { Declared, Setting } from '../setting.ts';
import { isGiven, ref, tagList } from '../values.ts';

/** Properties that CloudFormation has under the same name. */
const SAME = [
  'StageName',
  'CacheClusterEnabled',
  'CacheClusterSize',
  'Variables',
  'MethodSettings',
  'AccessLogSetting',
  'CanarySetting',
  'TracingEnabled',
];

/** The deployment of a REST API and its stage. */
export function deployedStage(
  { id, given, passed }: Declared,
  api: Made,
  setting: Setting,
): { deployment: Made; stage: Made } {
  const content = api.properties.Body ?? api.properties.BodyS3Location;
  const data = isGiven(content) ? contentOf(id, content, given, setting) : '';
  const deployment = made(
    `${id}Deployment${hashOf(data)}`,
    'AWS::ApiGateway::Deployment',
    {
      RestApiId: ref(id),
      // The stage of that name, which nobody asked for, is a habit of SAM's from before OpenApiVersion.
      StageName: isGiven(given.OpenApiVersion) ? undefined : 'Stage',
      Description: data === '' ? undefined : `RestApi deployment id: ${hashOf(data, 40)}`,
    },
    { attributes: passed },
  );
  const name = typeof given.StageName === 'string' ? given.StageName : '';
  const isPlain = /^[A-Za-z0-9]+$/.test(name);
  const stage = made(
    isPlain ? `${id}${name}Stage` : suffixed(`${id}Stage`, name),
    'AWS::ApiGateway::Stage',
    {
      ...Object.fromEntries(SAME.map((property) => [property, given[property]])),
      RestApiId: ref(id),
      DeploymentId: ref(deployment.id),
      Tags: given.Tags === undefined ? undefined : tagList(given.Tags),
    },
    { attributes: passed },
  );
  return { deployment, stage };
}

/** All that makes another deployment where it is another. */
function contentOf(id: string, content: Json, given: JsonObject, setting: Setting): string {
  if (isGiven(given.AlwaysDeploy)) return String(setting.seconds);
  checkSize(content);
  const names = setting.functionNames.get(id);
  return [
    legacyText(content, isGiven(given.__MANAGE_SWAGGER) ? 'sam' : 'template'),
    ...(isGiven(given.OpenApiVersion) ? [told(given.OpenApiVersion)] : []),
    ...(isGiven(given.Domain)
      ? [pythonJson(inLegacyOrder(given.Domain), { sorted: false, separators: [', ', ': '] })]
      : []),
    ...(names === undefined || names === '' ? [] : [names]),
  ].join('||');
}
