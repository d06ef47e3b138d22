/** Templates of SAM that would become too large are refused before the work. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { tooMany } from '../../errors.ts';
import { RESOURCES_MAX } from '../../limits.ts';
import { checkCopies } from '../size.ts';
import type { Resources } from './made.ts';
import { isMap, listOf, mapOf } from './values.ts';

/**
 * Each resource and each event is at least one resource, whatever else it stands for.
 *
 * @throws {ServiceError} ValidationError; AWS tells the number that they have become
 */
export function checkCount({ Resources }: JsonObject): void {
  const counts = Object.values(mapOf(Resources)).map((resource) => {
    const { Type: type, Properties } = mapOf(resource);
    const { Events, Destination } = mapOf(Properties);
    if (type === 'AWS::Serverless::Connector') return listOf(Destination).length;
    // A route of an HTTP API may be one of an API that may call the function already.
    const events = Object.values(mapOf(Events)).filter((event) => mapOf(event).Type !== 'HttpApi');
    return isSam(type) ? 1 + events.length : 1;
  });
  const count = counts.reduce((sum, one) => sum + one, 0);
  if (count > RESOURCES_MAX) throw tooMany('resources', count, RESOURCES_MAX);
}

const isSam = (type: Json | undefined): boolean => typeof type === 'string' && type.startsWith('AWS::Serverless::');

/**
 * What all resources of a type share is written into each of them.
 *
 * @throws {ServiceError} ValidationError
 */
export function checkShared(globals: { readonly [section: string]: JsonObject }, resources: Resources): void {
  for (const [section, properties] of Object.entries(globals)) {
    const type = `AWS::Serverless::${section}`;
    const count = Object.values(resources).filter((one) => isMap(one) && one.Type === type).length;
    if (count > 0) checkCopies(properties, count);
  }
}
