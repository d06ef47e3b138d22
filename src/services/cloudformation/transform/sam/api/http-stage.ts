/** The stage of an HTTP or a WebSocket API: it deploys by itself. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { type Made, made } from '../made.ts';
import { type Maybe, ref } from '../values.ts';

/** @param attributes of the resource, as its API has them */
export function httpStage(
  { id, api, name, tags }: { id: string; api: string; name: Json; tags: Maybe },
  given: JsonObject,
  attributes: JsonObject = {},
): Made {
  return made(
    id,
    'AWS::ApiGatewayV2::Stage',
    {
      ApiId: ref(api),
      StageName: name,
      StageVariables: given.StageVariables,
      AccessLogSettings: given.AccessLogSettings,
      DefaultRouteSettings: given.DefaultRouteSettings,
      RouteSettings: given.RouteSettings,
      Tags: tags,
      AutoDeploy: true,
    },
    { attributes },
  );
}
