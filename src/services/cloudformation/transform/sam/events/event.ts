/** What calls a function or a state machine. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { hashOf, type Made, made } from '../made.ts';
import type { Rules } from '../properties.ts';
import type { Setting } from '../setting.ts';
import type { Maybe } from '../values.ts';

/** What is called. */
export type Target = {
  id: string;
  /** The function's own logical id, also where its alias is called. */
  functionId: string;
  name: Json;
  arn: JsonObject;
  passed: JsonObject;
  condition: Maybe;
  kind: 'function' | 'stateMachine';
  boundary?: Maybe;
};

/** An event as it is declared. `id` is its resource's and its own name together. */
export type Event = { id: string; name: string; type: string; given: JsonObject };

/** What an event is made for; `role` is the execution role of a function, to which events add permissions. */
export type Hearing = { target: Target; role?: Made; setting: Setting };

export type EventKind = {
  rules: Rules;
  /** Looks whether what the event refers to is there, before anything is made of its resource. */
  link?(event: Event, setting: Setting): void;
  make(event: Event, hearing: Hearing): Made[];
};

/** A permission's logical id ends in the suffix itself where that may be. */
export function suffixed(prefix: string, suffix: string): string {
  return `${prefix}${/^[A-Za-z0-9]+$/.test(suffix) ? suffix : hashOf(suffix)}`;
}

/** Lets a service call the function. */
export function permission(
  { target }: Hearing,
  prefix: string,
  Principal: string,
  more: { [name: string]: Maybe },
  suffix = '',
): Made {
  return made(
    suffixed(`${prefix}Permission`, suffix),
    'AWS::Lambda::Permission',
    { Action: 'lambda:InvokeFunction', FunctionName: target.name, Principal, ...more },
    { attributes: target.passed },
  );
}
