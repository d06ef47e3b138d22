/** The ways to name a function: its name, part of an ARN, or the whole one, each with or without a qualifier. */
import { type Ctx, commonError } from '#kernel/contract';
import { invalid, notReachable, qualifiersDiffer } from '../errors.ts';

export type Named = {
  account: string;
  name: string;
  qualifier: string | undefined;
};

const NAME =
  /^(?:arn:[a-z-]+:lambda:)?(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[\w.-]+)(?::(?<qualifier>\$LATEST|[\w-]+))?$/;

/**
 * Takes a function's name apart.
 *
 * @throws {ServiceError} ResourceNotFoundException for another Region's, InvalidParameterValueException for two qualifiers that differ
 */
export function parseName(given: string, qualifier: string | undefined, ctx: Ctx): Named {
  const found = NAME.exec(given)?.groups;
  if (found?.name === undefined) throw invalid(`Invalid ARN or function name: ${given}`);
  if (found.region !== undefined && found.region !== ctx.region) throw notReachable(found.region, ctx.region);
  if (found.qualifier !== undefined && qualifier !== undefined && found.qualifier !== qualifier)
    throw qualifiersDiffer();
  return { account: found.account ?? ctx.account, name: found.name, qualifier: found.qualifier ?? qualifier };
}

/** ARN of a function, with its qualifier where one is given. */
export function arnOf({ partition, region }: Ctx, account: string, name: string, qualifier?: string): string {
  const arn = `arn:${partition}:lambda:${region}:${account}:function:${name}`;
  return qualifier === undefined || qualifier === '' ? arn : `${arn}:${qualifier}`;
}

/** The version that a marker of a list names. @throws {ServiceError} ValidationException */
export function markedNumber(marker: string): number {
  if (!/^\d{1,9}$/.test(marker)) throw commonError('ValidationException', 'Invalid Marker');
  return Number(marker);
}
