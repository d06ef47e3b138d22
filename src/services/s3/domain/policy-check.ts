/**
 * What a bucket's policy has to be beyond its language: statements about this bucket, with actions that can be done to what they name.
 *
 * Deviation: names of actions that S3 does not know are let through.
 *
 * @see S3 User Guide, "Policies and permissions in Amazon S3"; answers recorded in github.com/aws/aws-cdk/issues/6708,
 *      humanmade/S3-Uploads/issues/239, noobaa/noobaa-core/issues/10058 (`*` is no resource of a bucket's policy)
 */

type Texts = string | readonly string[];
type Statement = { Action?: Texts; NotAction?: Texts; Resource?: Texts; NotResource?: Texts };

/** Actions on keys, whatever their names look like; the others with `Object` or `Multipart` in them are told by `Bucket`. */
const ON_KEYS = new Set([
  'abortmultipartupload',
  'bypassgovernanceretention',
  'initiatereplication',
  'listmultipartuploadparts',
  'objectowneroverridetobucketowner',
  'replicatedelete',
  'replicatetags',
]);

/**
 * What AWS says is wrong with the policy; undefined where nothing is.
 *
 * @param text a policy whose language has been checked
 * @param arn  the bucket's
 */
export function bucketPolicyFault(text: string, arn: string): string | undefined {
  const { Statement } = JSON.parse(text) as { Statement: Statement | Statement[] };
  const statements = [Statement].flat();
  const faults = [missing, invalidAction, invalidResource, doesNotApply];
  for (const find of faults)
    for (const statement of statements) {
      const fault = find(statement, arn);
      if (fault !== undefined) return fault;
    }
  return undefined;
}

const list = (texts: Texts | undefined): string[] => (texts === undefined ? [] : [texts].flat()) as string[];

function missing({ Resource, NotResource }: Statement): string | undefined {
  return Resource === undefined && NotResource === undefined ? 'Statement is missing required element' : undefined;
}

function invalidAction({ Action, NotAction }: Statement): string | undefined {
  return list(Action ?? NotAction).every((action) => action === '*' || /^s3:/i.test(action))
    ? undefined
    : 'Policy has invalid action';
}

function invalidResource({ Resource, NotResource }: Statement, arn: string): string | undefined {
  return list(Resource ?? NotResource).every((resource) => mayBe(resource, arn) || mayBeIn(resource, arn))
    ? undefined
    : 'Policy has invalid resource';
}

function doesNotApply({ Action, Resource }: Statement, arn: string): string | undefined {
  if (Resource === undefined) return undefined;
  const resources = list(Resource);
  const applies = (action: string) =>
    /[*?]/.test(action) || resources.some((resource) => (isOnKeys(action) ? mayBeIn : mayBe)(resource, arn));
  return list(Action).every(applies) ? undefined : 'Action does not apply to any resource(s) in statement';
}

function isOnKeys(action: string): boolean {
  const name = action.slice('s3:'.length).toLowerCase();
  return ON_KEYS.has(name) || (name.includes('object') && !name.includes('bucket'));
}

/** The text before a pattern's first wildcard; undefined for a text that is none, or that has no bucket's ARN before it. */
const headOf = (resource: string): string | undefined => /^(arn:[^*?]*)[*?]/.exec(resource)?.[1];

/** Whether a resource can mean the bucket itself. */
function mayBe(resource: string, arn: string): boolean {
  const head = headOf(resource);
  return head === undefined ? resource === arn : arn.startsWith(head);
}

/** Whether a resource can mean a key in the bucket. */
function mayBeIn(resource: string, arn: string): boolean {
  const head = headOf(resource);
  return resource.startsWith(`${arn}/`) || (head !== undefined && arn.startsWith(head));
}
