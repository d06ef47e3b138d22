/**
 * What FIS refuses. Source: FIS API Reference, each operation's "Errors"; texts as recorded from AWS where they are.
 * Deviation: most of its texts are recorded nowhere, and are ours.
 */
import { errorsOf, notBuilt } from '#kernel/contract';
import { missingFor } from './catalog/actions.ts';
import { isTypeMissing } from './catalog/types.ts';

const error = errorsOf('fis');

export const invalid = (message: string) => error('ValidationException', message);
export const conflict = (message: string) => error('ConflictException', message);
export const quotaExceeded = (message: string) => error('ServiceQuotaExceededException', message);
const missing = (message: string) => error('ResourceNotFoundException', message);

export const noTemplate = (id: string) => missing(`Experiment template ${id} not found.`);
export const noExperiment = (id: string) => missing(`Experiment ${id} not found.`);
export const noAccount = (id: string) => missing(`Target account configuration for account ${id} not found.`);
export const noLever = (id: string) => missing(`Safety lever ${id} not found.`);
export const noResource = (arn: string) => missing(`Resource ${arn} not found.`);

/** An action that a request names: one of AWS that is not built, or none at all. */
export function noAction(id: string, isAsked: boolean) {
  const lacking = missingFor(id);
  if (lacking !== undefined) return notBuilt(`the action ${id} (it needs ${lacking})`);
  const message = `Action ${id} not found.`;
  return isAsked ? missing(message) : invalid(message);
}

export function noTargetType(id: string, isAsked: boolean) {
  if (isTypeMissing(id)) return notBuilt(`targets of the type ${id}`);
  const message = `Target resource type ${id} not found.`;
  return isAsked ? missing(message) : invalid(message);
}

export const unexpectedTarget = (key: string, action: string) =>
  invalid(`Unexpected target "${key}" found in action "${action}".`);
export const arnsAndTags = (target: string) =>
  invalid(`You cannot specify both resource ARNs and resource tags for target ${target}.`);
export const arnsAndFilters = (target: string) =>
  invalid(`You cannot specify both resource ARNs and filters for target ${target}.`);
export const noArns = (type: string) => invalid(`TargetResourceType ${type} does not support resourceArns.`);
export const tokenReused = () => conflict('The client token was used before, in a request with different parameters.');
/** "without a status change" is recorded; the words around it are ours. */
export const leverUnchanged = (status: string) =>
  conflict(`Safety lever is already ${status}. The reason can't be changed without a status change.`);
export const leverEngaging = () => conflict("Safety lever is engaging and can't be changed.");
export const badPage = () => invalid('The nextToken is not valid.');
