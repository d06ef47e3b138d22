/** Alexa skills. */
import { text } from '../properties.ts';
import { type EventKind, permission } from './event.ts';

export const ALEXA_SKILL: EventKind = {
  rules: { SkillId: text },
  make: ({ id, given }, hearing) => [
    permission(hearing, id, 'alexa-appkit.amazon.com', { EventSourceToken: given.SkillId }),
  ],
};
