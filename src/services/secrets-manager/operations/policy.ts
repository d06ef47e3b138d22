/** Policies and tags of secrets. */
import { type Ctx, type Handler, isPublicPolicy, policyFault, ServiceError } from '#kernel/contract';
import { namesThoseThere } from '#services/iam/port';
import { findSecret, liveSecret } from '../domain/find.ts';
import { pageOf } from '../domain/page.ts';
import { keepSecret, ownSecret } from '../domain/replica.ts';
import { checkTagKeys, isSystemTag, withTags } from '../domain/tags.ts';
import { badPolicy, invalidParameter, lockedOut, onlyDefaultPolicy, policyNotFound, publicPolicy } from '../errors.ts';
import { LIST_DEFAULT, POLICY_BYTES_MAX, TAGS_MAX } from '../limits.ts';
import { onSecret } from '../policy.ts';

/** The one policy of a secret that its owner has a hand in; RAM's others are not here. */
const NAME = 'default';

/** @throws {ServiceError} InvalidParameterException */
function checkName(name: string | undefined): void {
  if (name !== undefined && name !== NAME) throw onlyDefaultPolicy();
}

export const putResourcePolicy: Handler<'secrets-manager', 'PutResourcePolicy'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  checkName(input.PolicyName);
  const fault = faultOf(input.ResourcePolicy, ctx);
  if (fault !== undefined) throw badPolicy(fault);
  if (input.BlockPublicPolicy === true && isPublicPolicy(input.ResourcePolicy)) throw publicPolicy();
  try {
    ctx.authorize({ ...onSecret('PutResourcePolicy')(input, ctx), policy: input.ResourcePolicy });
  } catch (error) {
    throw error instanceof ServiceError ? lockedOut() : error;
  }
  keepSecret({ ...secret, policy: input.ResourcePolicy }, store, ctx);
  return { ARN: secret.arn, Name: secret.name, PolicyName: NAME };
};

function faultOf(text: string, ctx: Ctx): string | undefined {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) return 'The policy is too long.';
  const fault = policyFault(text, 'resource');
  // Source: hashicorp/terraform-provider-aws, issue 14449.
  if (fault?.startsWith('Invalid principal') || (fault === undefined && !namesThoseThere(text, ctx.account, ctx.store)))
    return 'This resource policy contains an unsupported principal.';
  return fault === undefined ? undefined : 'This resource policy contains an unsupported or malformed policy document.';
}

export const getResourcePolicy: Handler<'secrets-manager', 'GetResourcePolicy'> = (input, ctx) => {
  const { secret } = liveSecret(input.SecretId, ctx);
  const { PolicyName = NAME } = input;
  if (PolicyName !== NAME) throw policyNotFound(PolicyName);
  const { arn: ARN, name: Name, policy: ResourcePolicy } = secret;
  return { ARN, Name, ...(ResourcePolicy !== undefined && { ResourcePolicy }), PolicyName };
};

export const listResourcePolicies: Handler<'secrets-manager', 'ListResourcePolicies'> = (input, ctx) => {
  const { secret } = liveSecret(input.SecretId, ctx);
  const names = secret.policy === undefined ? [] : [NAME];
  const { page, rest } = pageOf(names, input.MaxResults ?? LIST_DEFAULT, input.NextToken);
  return { ResourcePolicies: page.map((PolicyName) => ({ PolicyName })), ...rest };
};

export const deleteResourcePolicy: Handler<'secrets-manager', 'DeleteResourcePolicy'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  checkName(input.PolicyName);
  const { policy: _, ...row } = secret;
  keepSecret(row, store, ctx);
  return { ARN: secret.arn, Name: secret.name, PolicyName: NAME };
};

export const validateResourcePolicy: Handler<'secrets-manager', 'ValidateResourcePolicy'> = (input, ctx) => {
  if (input.SecretId !== undefined) findSecret(input.SecretId, ctx);
  const fault = faultOf(input.ResourcePolicy, ctx);
  if (fault !== undefined) throw badPolicy(fault);
  const broad = isPublicPolicy(input.ResourcePolicy);
  return {
    PolicyValidationPassed: !broad,
    ValidationErrors: broad
      ? [{ CheckName: 'PUBLIC_POLICY', ErrorMessage: 'The resource policy grants broad access to the secret.' }]
      : [],
  };
};

/** Who could not do it again once it is done may not. Source: Secrets Manager API Reference, TagResource, UntagResource. */
export const tagResource: Handler<'secrets-manager', 'TagResource'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  checkTagKeys(input.Tags.map(({ Key = '' }) => Key));
  const tags = withTags(secret.tags, input.Tags);
  if (tags.filter(({ Key }) => !isSystemTag(Key)).length > TAGS_MAX)
    throw invalidParameter(`The maximum number of tags is ${TAGS_MAX}.`);
  keepSecret({ ...secret, tags }, store, ctx);
  ctx.authorize(onSecret('TagResource')(input, ctx));
  return {};
};

export const untagResource: Handler<'secrets-manager', 'UntagResource'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  checkTagKeys(input.TagKeys);
  keepSecret({ ...secret, tags: secret.tags.filter(({ Key }) => !input.TagKeys.includes(Key)) }, store, ctx);
  ctx.authorize(onSecret('UntagResource')(input, ctx));
  return {};
};
