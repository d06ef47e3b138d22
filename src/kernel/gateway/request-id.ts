/** The id by which a request is known, and what a service does by itself: in the form that the service has of its own, else a UUID. */
import type { RandomStream } from '#kernel/random';
import type { Loaded } from './catalog.ts';

/** A new id of a service's form. */
export function newRequestId({ service }: Loaded, random: RandomStream): string {
  const form = service?.requestId;
  return form === undefined ? random.uuid() : random.text(form.length, form.alphabet) + form.end;
}
