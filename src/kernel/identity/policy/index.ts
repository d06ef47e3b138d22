/** The IAM policy language: parse a policy, evaluate a request, explain the decision. */

export { hasBadDate } from './conditions.ts';
export { type Context, type Policy, PolicyError, type PolicyKind } from './document.ts';
export { type Decision, evaluate, type Layer, type NamedPolicy, type PolicyLayers, readsContext } from './evaluate.ts';
export {
  type ConditionExplanation,
  type Explanation,
  explain,
  type LayerExplanation,
  type PolicyExplanation,
  type StatementExplanation,
} from './explain.ts';
export { denialMessage } from './message.ts';
export { parseRange } from './network.ts';
export { parsePolicy } from './parse.ts';
export type { AuthorizationRequest } from './statement.ts';
export { matchesPattern } from './wildcard.ts';
