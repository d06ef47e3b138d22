/**
 * What a bucket's policy has to be beyond its language: statements about this bucket, with actions that can be done to what they name.
 *
 * Deviation: of conditions only those on lists are looked at; AWS refuses keys of S3 that it does not know, and others that do not go with the
 * statement's actions.
 *
 * @see S3 User Guide, "Policies and permissions in Amazon S3"; answers recorded in github.com/aws/aws-cdk/issues/6708,
 *      humanmade/S3-Uploads/issues/239, noobaa/noobaa-core/issues/10058 (`*` is no resource of a bucket's policy)
 */
import { isLike } from '#kernel/base';
import { ACTIONS } from './actions.ts';

type Texts = string | readonly string[];
type Statement = {
  Action?: Texts;
  NotAction?: Texts;
  Resource?: Texts;
  NotResource?: Texts;
  Condition?: { [operator: string]: object };
};

/**
 * What AWS says is wrong with the policy; undefined where nothing is.
 *
 * @param text a policy whose language has been checked
 * @param arn  the bucket's
 */
export function bucketPolicyFault(text: string, arn: string): string | undefined {
  const { Statement } = JSON.parse(text) as { Statement: Statement | Statement[] };
  const statements = [Statement].flat();
  const faults = [missing, invalidAction, invalidResource, doesNotApply, listsOther];
  for (const find of faults)
    for (const statement of statements) {
      const fault = find(statement, arn);
      if (fault !== undefined) return fault;
    }
  return undefined;
}

/**
 * The same of a directory bucket's policy, which says who may open sessions, and nothing else.
 * Source: S3 User Guide, "Authorizing Regional endpoint API operations with IAM": actions on the bucket itself are not for its policy.
 */
export function directoryPolicyFault(text: string, arn: string): string | undefined {
  const { Statement } = JSON.parse(text) as { Statement: Statement | Statement[] };
  for (const statement of [Statement].flat()) {
    const actions = list(statement.Action ?? statement.NotAction).map((one) => one.toLowerCase());
    const known = actions.every((one) => isLike(one, 's3express:createsession'));
    const fault = missing(statement) ?? (known ? invalidResource(statement, arn) : 'Policy has invalid action');
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const list = (texts: Texts | undefined): string[] => (texts === undefined ? [] : [texts].flat()) as string[];

function missing({ Resource, NotResource }: Statement): string | undefined {
  return Resource === undefined && NotResource === undefined ? 'Statement is missing required element' : undefined;
}

function invalidAction({ Action, NotAction }: Statement): string | undefined {
  return list(Action ?? NotAction).every((action) => kindsOf(action).length > 0)
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
  const applies = (action: string) => {
    const kinds = kindsOf(action);
    return resources.some(
      (resource) =>
        (kinds.includes('key') && mayBeIn(resource, arn)) || (kinds.includes('bucket') && mayBe(resource, arn)),
    );
  };
  return list(Action).every(applies) ? undefined : 'Action does not apply to any resource(s) in statement';
}

const OF_LISTS = new Set(['s3:prefix', 's3:delimiter', 's3:max-keys']);
const LISTS = new Set(['s3:listbucket', 's3:listbucketversions']);

/** A condition on lists goes with actions that list, and with no other beside them. Actions that are patterns are let through. */
function listsOther({ Action, Condition }: Statement): string | undefined {
  const keys = Object.values(Condition ?? {}).flatMap((one) => Object.keys(one));
  if (!keys.some((key) => OF_LISTS.has(key.toLowerCase()))) return undefined;
  return list(Action).every((action) => /[*?]/.test(action) || LISTS.has(action.toLowerCase()))
    ? undefined
    : 'Conditions do not apply to combination of actions and resources in statement';
}

/** What the actions that a name or a pattern means are done to; nothing for one that means none of S3's. */
function kindsOf(action: string): ('key' | 'bucket' | 'other')[] {
  if (action === '*') return ['key', 'bucket'];
  if (!/^s3:/i.test(action)) return [];
  const name = action.slice('s3:'.length).toLowerCase();
  if (!/[*?]/.test(name)) return [ACTIONS.get(name) ?? []].flat();
  return [...new Set([...ACTIONS].filter(([known]) => isLike(name, known)).map(([, kind]) => kind))];
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
