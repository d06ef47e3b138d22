/** Going through the tagged resources of an account and Region, from where an earlier request has stopped. */
import { type Ctx, ServiceError } from '#kernel/contract';
import { badToken } from '../errors.ts';
import type { Source, Tags } from './source.ts';
import { SOURCES } from './sources.ts';

/** Which type is next, the token of its list's page, and how many of the page have been told. */
export type Position = { readonly source: number; readonly token?: string; readonly skip: number };
/** A resource, and where to go on behind it. */
export type Step = { arn: string; tags: Tags; next: Position };

const START: Position = { source: 0, skip: 0 };
/** How services say that something is gone, as it may be since it was listed, or that it is another account's. */
const OUT_OF_SIGHT = /NotFound|NoSuch|NonExistent|DoesNotExist|^AccessDenied/;

/**
 * Reads the token of a page; an absent or empty one is the start.
 *
 * @throws {ServiceError} PaginationTokenExpiredException
 */
export function positionOf(token: string | undefined): Position {
  if (token === undefined || token === '') return START;
  try {
    const [source, skip, of] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (Number.isInteger(source) && Number.isInteger(skip) && (of === undefined || typeof of === 'string'))
      return { source: source as number, skip: skip as number, ...(of !== undefined && { token: of }) };
  } catch {
    throw badToken();
  }
  throw badToken();
}

/** The token that leads to a position. */
export function tokenOf({ source, skip, token }: Position): string {
  return Buffer.from(JSON.stringify(token === undefined ? [source, skip] : [source, skip, token])).toString(
    'base64url',
  );
}

/** All resources of the types asked for, tagged or not, in the order of types and of their services' lists. */
export async function* walk(from: Position, isAsked: (source: Source) => boolean, ctx: Ctx): AsyncGenerator<Step> {
  const { partition, account, region } = ctx;
  // Source: Tagging API Reference, "Permissions": GetResources, GetTagKeys and GetTagValues take `tag:` permissions alone.
  const aws = ctx.awsForIndex();
  let at = from;
  for (const [index, source] of SOURCES.entries()) {
    if (index < at.source || !isAsked(source) || (source.home ?? region) !== region) continue;
    if (index > at.source) at = { source: index, skip: 0 };
    for (;;) {
      const { arns, next } = await source.list(aws, { partition, account, region }, at.token);
      const after: Position = next ? { source: index, token: next, skip: 0 } : { source: index + 1, skip: 0 };
      for (const [place, arn] of arns.entries()) {
        if (place < at.skip) continue;
        const tags = await source.tags(aws, arn).catch(ofUnseen);
        yield { arn, tags, next: place + 1 < arns.length ? { ...at, skip: place + 1 } : after };
      }
      at = after;
      if (!next) break;
    }
  }
}

/** No tags, for what is gone by now or is another account's. */
export function ofUnseen(error: unknown): Tags {
  if (error instanceof ServiceError && OUT_OF_SIGHT.test(error.code)) return {};
  throw error;
}
