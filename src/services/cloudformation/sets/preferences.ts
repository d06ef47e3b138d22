/** How an operation on a stack set proceeds. Source: CloudFormation API Reference, StackSetOperationPreferences. */
import { exactlyOne, invalid } from '../errors.ts';
import type { Preferences } from './state.ts';

/**
 * Preferences as they are kept and shown: with AWS's defaults.
 *
 * @throws {ServiceError} ValidationError for two that exclude each other
 */
export function preferencesOf(given: Partial<Preferences> = {}): Preferences {
  const { FailureToleranceCount, FailureTolerancePercentage, MaxConcurrentCount, MaxConcurrentPercentage } = given;
  if (FailureToleranceCount !== undefined && FailureTolerancePercentage !== undefined)
    throw exactlyOne('FailureToleranceCount', 'FailureTolerancePercentage');
  if (MaxConcurrentCount !== undefined && MaxConcurrentPercentage !== undefined)
    throw exactlyOne('MaxConcurrentCount', 'MaxConcurrentPercentage');
  return {
    RegionOrder: [],
    ...(FailureTolerancePercentage === undefined && { FailureToleranceCount: 0 }),
    ...(MaxConcurrentPercentage === undefined && { MaxConcurrentCount: 1 }),
    ...given,
  };
}

/**
 * The Regions of an operation in the order in which it reaches them.
 *
 * @throws {ServiceError} ValidationError where the order names another Region
 */
export function regionsInOrder(regions: readonly string[], { RegionOrder: order = [] }: Preferences): string[] {
  const all = new Set(regions);
  const other = order.find((region) => !all.has(region));
  if (other !== undefined) throw invalid(`Region ${other} in RegionOrder is not a Region of this operation`);
  return [...new Set([...order, ...regions])];
}
