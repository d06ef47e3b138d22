/** Tags of alarms, mute rules, dashboards, insight rules, metric streams and kept queries. */
import type { Ctx, Handler } from '#kernel/contract';
import { resourceNotFound, validation } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { queryDefinitions } from '../query-state.ts';
import { alarms, dashboards, insightRules, muteRules } from '../state.ts';
import { metricStreams } from '../stream-state.ts';

type Tags = { readonly [key: string]: string };
/** What has tags, and how it gets others. */
type Tagged = { tags: Tags; put(tags: Tags): void };

const ARN =
  /^arn:[a-z-]+:cloudwatch:([a-z0-9-]*):(\d{12}):(alarm:|alarm-mute-rule:|dashboard\/|insight-rule\/|metric-stream\/|metric-query-definition\/)(.+)$/;

/** @throws {ServiceError} ResourceNotFoundException */
function find(arn: string, { store, region, account }: Ctx): Tagged {
  const [, itsRegion, itsAccount, kind, name = ''] = ARN.exec(arn) ?? [];
  // Dashboards are of no Region.
  if (itsAccount !== account || itsRegion !== (kind === 'dashboard/' ? '' : region)) throw resourceNotFound(arn);
  const tagged = <Row extends { tags: Tags }>(row: Row | undefined, put: (row: Row) => void): Tagged => {
    if (row === undefined) throw resourceNotFound(arn);
    return { tags: row.tags, put: (tags) => put({ ...row, tags }) };
  };
  if (kind === 'dashboard/') return tagged(store.get(dashboards, { name }), (row) => store.put(dashboards, row));
  if (kind === 'insight-rule/') return tagged(store.get(insightRules, { name }), (row) => store.put(insightRules, row));
  if (kind === 'metric-stream/')
    return tagged(store.get(metricStreams, { name }), (row) => store.put(metricStreams, row));
  if (kind === 'metric-query-definition/')
    return tagged(store.get(queryDefinitions, { id: name }), (row) => store.put(queryDefinitions, row));
  if (kind === 'alarm-mute-rule:') return tagged(store.get(muteRules, { name }), (row) => store.put(muteRules, row));
  return tagged(store.get(alarms, { name }), (row) => store.put(alarms, row));
}

/** The tags of what an ARN names, as policies see them. @throws {ServiceError} ResourceNotFoundException */
export const tagsOf = (arn: string, ctx: Ctx): { readonly [key: string]: string } => find(arn, ctx).tags;

export const tagResource: Handler<'cloudwatch', 'TagResource'> = (input, ctx) => {
  const found = find(input.ResourceARN, ctx);
  const tags = { ...found.tags, ...Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw validation(`The maximum number of tags is ${TAGS_MAX}.`);
  found.put(tags);
  return {};
};

export const untagResource: Handler<'cloudwatch', 'UntagResource'> = (input, ctx) => {
  const found = find(input.ResourceARN, ctx);
  const gone = new Set(input.TagKeys);
  found.put(Object.fromEntries(Object.entries(found.tags).filter(([key]) => !gone.has(key))));
  return {};
};

export const listTagsForResource: Handler<'cloudwatch', 'ListTagsForResource'> = (input, ctx) => ({
  Tags: Object.entries(find(input.ResourceARN, ctx).tags).map(([Key, Value]) => ({ Key, Value })),
});
