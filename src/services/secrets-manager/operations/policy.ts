/** Policies and tags of secrets. */
import { type Ctx, type Handler, isPublicPolicy, policyFault } from '#kernel/contract';
import { namesThoseThere } from '#services/iam/port';
import { findSecret, liveSecret } from '../domain/find.ts';
import { keepSecret, ownSecret } from '../domain/replica.ts';
import { checkTagKeys, isSystemTag, withTags } from '../domain/tags.ts';
import { badPolicy, invalidParameter, publicPolicy } from '../errors.ts';
import { POLICY_BYTES_MAX, TAGS_MAX } from '../limits.ts';

export const putResourcePolicy: Handler<'secrets-manager', 'PutResourcePolicy'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  const fault = faultOf(input.ResourcePolicy, ctx);
  if (fault !== undefined) throw badPolicy(fault);
  if (input.BlockPublicPolicy === true && isPublicPolicy(input.ResourcePolicy)) throw publicPolicy();
  keepSecret({ ...secret, policy: input.ResourcePolicy }, store, ctx);
  return { ARN: secret.arn, Name: secret.name };
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
  return { ARN: secret.arn, Name: secret.name, ...(secret.policy !== undefined && { ResourcePolicy: secret.policy }) };
};

export const deleteResourcePolicy: Handler<'secrets-manager', 'DeleteResourcePolicy'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  const { policy: _, ...row } = secret;
  keepSecret(row, store, ctx);
  return { ARN: secret.arn, Name: secret.name };
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

export const tagResource: Handler<'secrets-manager', 'TagResource'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  checkTagKeys(input.Tags.map(({ Key = '' }) => Key));
  const tags = withTags(secret.tags, input.Tags);
  if (tags.filter(({ Key }) => !isSystemTag(Key)).length > TAGS_MAX)
    throw invalidParameter(`The maximum number of tags is ${TAGS_MAX}.`);
  keepSecret({ ...secret, tags }, store, ctx);
  return {};
};

export const untagResource: Handler<'secrets-manager', 'UntagResource'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  checkTagKeys(input.TagKeys);
  keepSecret({ ...secret, tags: secret.tags.filter(({ Key }) => !input.TagKeys.includes(Key)) }, store, ctx);
  return {};
};
