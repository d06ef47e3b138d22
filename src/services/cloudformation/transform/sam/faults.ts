/** What SAM finds wrong with a template, in SAM's words; all that it finds is told together. */
import { invalid } from '../../errors.ts';

/** One thing that is wrong. `subject` is the resource's logical id, by which SAM sorts what it tells. */
export class SamFault extends Error {
  readonly subject: string;
  constructor(subject: string, message: string) {
    super(message);
    this.subject = subject;
  }
}

/** An event that is wrong; its resource puts its own name before it. */
export class EventFault extends SamFault {
  constructor(event: string, why: string) {
    super(event, `Event with id [${event}] is invalid. ${why}`);
  }
}

/** The document as a whole can't be worked on: nothing more is looked for. */
export class DocumentFault extends Error {
  readonly causes: readonly SamFault[];
  constructor(causes: readonly SamFault[]) {
    super('document');
    this.causes = causes;
  }
}

/** A resource that is wrong. */
export const resourceFault = (id: string, why: string) =>
  new SamFault(id, `Resource with id [${id}] is invalid. ${why}`);
/** An event that is wrong. */
export const eventFault = (event: string, why: string) => new EventFault(event, why);
/** The template's structure is wrong. */
export const templateFault = (why: string) => {
  const message = `Structure of the SAM template is invalid. ${why}`;
  return new SamFault(message, message);
};
/** The template's structure is so wrong that nothing more is looked for. */
export const documentFault = (why: string) => new DocumentFault([templateFault(why)]);
/** The section Globals is wrong. */
export const globalsFault = (why: string) =>
  new DocumentFault([new SamFault('Globals', `'Globals' section is invalid. ${why}`)]);
/** What is to be made is there already. */
export const duplicateId = (id: string, made: string, type: string) =>
  new SamFault(
    id,
    `Transforming resource with id [${id}] attempts to create a new resource with id [${made}] and type "${type}". A resource with that id already exists within this template. Please use a different id for that resource.`,
  );

/** What the request is answered. Source: recorded answers, "Transform AWS::Serverless-2016-10-31 failed with: …". */
export function samRefusal(causes: readonly SamFault[]): Error {
  const told = [...new Map(causes.map((cause) => [cause.message, cause])).values()].toSorted((a, b) =>
    a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0,
  );
  const head = `Invalid Serverless Application Specification document. Number of errors found: ${told.length}.`;
  return transformRefusal([head, ...told.map(({ message }) => message)].join(' '));
}

/** The transform failed, for a reason that is no fault of the document's. */
export function transformRefusal(why: string): Error {
  return invalid(`Transform AWS::Serverless-2016-10-31 failed with: ${why}`);
}
