/** Triggers of a user pool of the same template. */
import type { Json } from '../../../domain/parse.ts';
import { expectMap, ofResource } from '../expect.ts';
import { eventFault } from '../faults.ts';
import { literal, required, text, textOrTexts } from '../properties.ts';
import { told } from '../python.ts';
import type { Setting } from '../setting.ts';
import { getAtt, isMap, listOf, mapOf } from '../values.ts';
import { type Event, type EventKind, permission } from './event.ts';
import { linked } from './linked.ts';

function poolOf({ id, name, given }: Event, { declared }: Setting): string {
  const pool = isMap(given.UserPool) ? given.UserPool.Ref : undefined;
  if (pool !== undefined && typeof pool !== 'string') throw eventFault(id, 'Ref in Userpool is not a string.');
  if (pool === undefined || !Object.hasOwn(declared, pool))
    throw eventFault(name, 'Cognito events must reference a Cognito UserPool in the same template.');
  return pool;
}

export const COGNITO: EventKind = {
  rules: { UserPool: required(text), Trigger: required(literal(textOrTexts)) },
  link: (event, setting) => void poolOf(event, setting),
  make(event, hearing) {
    const { target, setting } = hearing;
    const id = poolOf(event, setting);
    const pool = setting.declared[id] ?? {};
    const properties = (pool.Properties = mapOf(pool.Properties));
    const triggers = expectMap(properties.LambdaConfig ?? {}, ofResource(id, 'LambdaConfig'));
    properties.LambdaConfig = triggers;
    for (const trigger of listOf(event.given.Trigger)) {
      if (Object.hasOwn(triggers, String(trigger)))
        throw eventFault(event.name, `Cognito trigger "${told(event.given.Trigger)}" defined multiple times.`);
      triggers[String(trigger)] = structuredClone<Json>(target.arn);
    }
    return [
      permission(hearing, `${target.id}Cognito`, 'cognito-idp.amazonaws.com', { SourceArn: getAtt(id, 'Arn') }),
      linked(id, 'AWS::Cognito::UserPool', pool),
    ];
  },
};
