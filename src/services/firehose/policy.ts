/** What each operation must be allowed. Source: Service Authorization Reference, "Amazon Kinesis Firehose". */
import { parseArn } from '#kernel/base';
import { type Access, type AccessRules, type ConditionKeys, type Ctx, passing } from '#kernel/contract';
import type { Tag } from '#models/firehose';
import { arnOf, rolesOf } from './domain/names.ts';
import { roleElsewhere } from './errors.ts';
import { type StreamRow, streams } from './state.ts';

function keysOf(prefix: string, tags: { readonly [key: string]: string }): ConditionKeys {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:${prefix}/${key}`, value]));
}

const given = (tags: readonly Tag[]): ConditionKeys => ({
  ...keysOf('RequestTag', Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value ?? '']))),
  'aws:TagKeys': tags.map(({ Key }) => Key),
});

const onStream =
  <Input extends { DeliveryStreamName: string }>(action: string, more: (input: Input) => ConditionKeys = () => ({})) =>
  (input: Input, ctx: Ctx): Access => {
    const { DeliveryStreamName: name } = input;
    const tags = () => ctx.store.get(streams, { name })?.tags ?? {};
    return {
      action: `firehose:${action}`,
      resource: arnOf(name, ctx),
      grantedBy: () => linkedRole(action, name, tags(), ctx),
      context: () => ({ ...keysOf('ResourceTag', tags()), ...more(input) }),
    };
  };

/**
 * Services put records by roles that are linked to them: log delivery into streams with a tag that says so, API Gateway into streams with
 * such a name. Source: CloudWatch Logs User Guide, "Logging sent to Firehose"; API Gateway Developer Guide, "Using service-linked roles".
 */
function linkedRole(action: string, name: string, tags: StreamRow['tags'], { caller }: Ctx): string | undefined {
  const { principal } = caller;
  if (principal.kind !== 'service' || !action.startsWith('PutRecord')) return undefined;
  if (principal.service === 'delivery.logs.amazonaws.com' && tags.LogDeliveryEnabled === 'true')
    return 'AWSServiceRoleForLogDelivery';
  const isApis = principal.service === 'apigateway.amazonaws.com' && name.startsWith('amazon-apigateway-');
  return isApis ? 'AWSServiceRoleForAPIGateway' : undefined;
}

/** Roles that are handed over with a configuration. @throws {ServiceError} AccessDeniedException for those of other accounts */
function passed(input: object, { account, caller }: Ctx): Access[] {
  const roles = rolesOf(input);
  const isElsewhere = (role: string) => (parseArn(role)?.account ?? account) !== account;
  if (roles.some(isElsewhere)) throw roleElsewhere(caller.principal.arn);
  return roles.map((role) => passing(role, 'firehose'));
}

export const access: AccessRules<'firehose'> = {
  CreateDeliveryStream: (input, ctx) => {
    const resource = arnOf(input.DeliveryStreamName, ctx);
    const context = given(input.Tags ?? []);
    return [
      { action: 'firehose:CreateDeliveryStream', resource, context },
      ...(input.Tags === undefined ? [] : [{ action: 'firehose:TagDeliveryStream', resource, context }]),
      ...passed(input, ctx),
    ];
  },
  DeleteDeliveryStream: onStream('DeleteDeliveryStream'),
  DescribeDeliveryStream: onStream('DescribeDeliveryStream'),
  ListTagsForDeliveryStream: onStream('ListTagsForDeliveryStream'),
  PutRecord: onStream('PutRecord'),
  PutRecordBatch: onStream('PutRecordBatch'),
  StartDeliveryStreamEncryption: onStream('StartDeliveryStreamEncryption'),
  StopDeliveryStreamEncryption: onStream('StopDeliveryStreamEncryption'),
  TagDeliveryStream: onStream('TagDeliveryStream', ({ Tags }: { DeliveryStreamName: string; Tags: Tag[] }) =>
    given(Tags),
  ),
  UntagDeliveryStream: onStream(
    'UntagDeliveryStream',
    ({ TagKeys }: { DeliveryStreamName: string; TagKeys: string[] }) => ({ 'aws:TagKeys': TagKeys }),
  ),
  UpdateDestination: (input, ctx) => [onStream('UpdateDestination')(input, ctx), ...passed(input, ctx)],
};
