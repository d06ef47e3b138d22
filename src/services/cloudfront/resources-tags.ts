/** Tags of what stacks make. */
import { type Properties, type ResourceScope, tagListOf, tagsGone } from '#kernel/contract';

/** Brings the tags of a thing, by its ARN, to what they are to be after a change. */
export async function retag(
  Resource: string,
  properties: Properties,
  before: Properties,
  scope: ResourceScope,
): Promise<void> {
  const { cloudfront } = scope.aws;
  const gone = tagsGone(properties, before, scope);
  if (gone.length > 0) await cloudfront.UntagResource({ Resource, TagKeys: { Items: gone } });
  await cloudfront.TagResource({ Resource, Tags: { Items: tagListOf(properties, scope) } });
}
