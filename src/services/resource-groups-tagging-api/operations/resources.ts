/** Finding resources by their tags and types. */
import type { Ctx, Handler, InputOf } from '#kernel/contract';
import { isAskedBy, matches, sourceOf } from '../domain/filters.ts';
import { listOf, type Tags } from '../domain/source.ts';
import { ofUnseen, positionOf, tokenOf, walk } from '../domain/walk.ts';
import { invalid } from '../errors.ts';
import { LOOKED_AT_MAX, RESOURCES_PER_PAGE_MAX, TAGS_PER_PAGE_MAX, TAGS_PER_PAGE_MIN } from '../limits.ts';

type Input = InputOf<'resource-groups-tagging-api', 'GetResources'>;

/** Deviation: a resource whose last tag was removed is told no more; AWS tells it, without tags. */
export const getResources: Handler<'resource-groups-tagging-api', 'GetResources'> = async (input, ctx) => {
  check(input);
  // There are no tag policies, which a resource could fail to comply with.
  if (input.ExcludeCompliantResources === true) return { PaginationToken: '', ResourceTagMappingList: [] };
  const show = shower(input.IncludeComplianceDetails === true);
  if (input.ResourceARNList !== undefined)
    return { PaginationToken: '', ResourceTagMappingList: (await named(input.ResourceARNList, ctx)).map(show) };
  const { ResourcesPerPage = RESOURCES_PER_PAGE_MAX, TagsPerPage = Number.POSITIVE_INFINITY, TagFilters = [] } = input;
  const found: [string, Tags][] = [];
  let position = positionOf(input.PaginationToken);
  let [looked, tagged] = [0, 0];
  const paged = () => ({ PaginationToken: tokenOf(position), ResourceTagMappingList: found.map(show) });
  for await (const { arn, tags, next } of walk(position, isAskedBy(input.ResourceTypeFilters), ctx)) {
    // Another one is known to be there: only now is a token worth asking with.
    if (found.length >= ResourcesPerPage || looked >= LOOKED_AT_MAX) return paged();
    const count = Object.keys(tags).length;
    if (count > 0 && matches(tags, TagFilters)) {
      if (found.length > 0 && tagged + count > TagsPerPage) return paged();
      found.push([arn, tags]);
      tagged += count;
    }
    looked += 1;
    position = next;
  }
  return { PaginationToken: '', ResourceTagMappingList: found.map(show) };
};

function check({ ResourceARNList, ResourcesPerPage, TagsPerPage, TagFilters, ...input }: Input): void {
  const others = [ResourcesPerPage, TagsPerPage, TagFilters, input.ResourceTypeFilters];
  if (ResourceARNList !== undefined && others.some((other) => other !== undefined && [other].flat().length > 0))
    throw invalid(
      'ResourceARNList can not be combined with ResourcesPerPage, TagFilters, TagsPerPage or ResourceTypeFilters.',
    );
  if (ResourcesPerPage !== undefined && (ResourcesPerPage < 1 || ResourcesPerPage > RESOURCES_PER_PAGE_MAX))
    throw invalid(`ResourcesPerPage must be between 1 and ${RESOURCES_PER_PAGE_MAX}.`);
  if (
    TagsPerPage !== undefined &&
    (TagsPerPage < TAGS_PER_PAGE_MIN || TagsPerPage > TAGS_PER_PAGE_MAX || TagsPerPage % TAGS_PER_PAGE_MIN !== 0)
  )
    throw invalid(`TagsPerPage must be between ${TAGS_PER_PAGE_MIN} and ${TAGS_PER_PAGE_MAX}, in steps of 100.`);
  if (TagFilters?.some(({ Key = '' }) => Key === '') === true) throw invalid('A tag filter must have a key.');
  if (input.ExcludeCompliantResources === true && input.IncludeComplianceDetails !== true)
    throw invalid('ExcludeCompliantResources needs IncludeComplianceDetails.');
}

/** Those of the account's resources that are there and have tags. */
async function named(arns: readonly string[], ctx: Ctx): Promise<[string, Tags][]> {
  const aws = ctx.awsForIndex();
  const all: [string, Tags][] = [];
  const own = arns.filter((arn) => ['', ctx.account].includes(arn.split(':')[4] ?? ''));
  for (const arn of new Set(own)) all.push([arn, (await sourceOf(arn)?.tags(aws, arn).catch(ofUnseen)) ?? {}]);
  return all.filter(([, tags]) => Object.keys(tags).length > 0);
}

const shower =
  (isJudged: boolean) =>
  ([ResourceARN, tags]: [string, Tags]) => ({
    ResourceARN,
    Tags: listOf(tags),
    ...(isJudged && { ComplianceDetails: { ComplianceStatus: true } }),
  });
