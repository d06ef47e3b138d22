/** Names of functions by the API that their events name. */
import type { Json } from '../../../domain/parse.ts';
import { apiOf } from '../api/implicit.ts';
import type { Resources } from '../made.ts';
import { told } from '../python.ts';
import { type Parameters, resolved } from '../resolve.ts';
import { isGiven, mapOf } from '../values.ts';

/** The names of the functions of each API, one after another. */
export function functionNamesOf(declared: Resources, parameters: Parameters): Map<string, string> {
  const names = new Map<string, string>();
  for (const { Type: type, Properties } of Object.values(declared)) {
    if (type !== 'AWS::Serverless::Function') continue;
    const { FunctionName, Events } = mapOf(Properties);
    for (const event of Object.values(mapOf(Events))) {
      const { Type: kind, Properties: given } = mapOf(event);
      const api = apiOf(mapOf(given).RestApiId);
      const name = resolved(structuredClone<Json | undefined>(FunctionName), parameters);
      if (kind === 'Api' && typeof api === 'string' && isGiven(name))
        names.set(api, `${names.get(api) ?? ''}${told(name)}`);
    }
  }
  return names;
}
