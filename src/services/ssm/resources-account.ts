/** What CloudFormation makes of Parameter Store besides parameters: policies by which they are shared, and settings of the account. */
import {
  ifThere,
  isGone,
  type Made,
  type Properties,
  type ResourceScope,
  type ResourceTypes,
  textOf,
} from '#kernel/contract';

const text = (properties: Properties, name: string) => textOf(properties[name]) ?? '';

/** `PolicyId|ResourceArn` taken apart. */
function partsOf(id: string): { PolicyId: string; ResourceArn: string } {
  const bar = id.indexOf('|');
  return { PolicyId: id.slice(0, bar), ResourceArn: id.slice(bar + 1) };
}

/** The policies of a parameter; none where it is gone. */
async function policiesOf(ResourceArn: string, { aws }: ResourceScope) {
  const found = await ifThere('ResourceNotFoundException', aws.ssm.GetResourcePolicies({ ResourceArn }));
  return found?.Policies ?? [];
}

async function put(properties: Properties, known: { PolicyId?: string; PolicyHash?: string }, scope: ResourceScope) {
  const ResourceArn = text(properties, 'ResourceArn');
  const { PolicyId = '', PolicyHash } = await scope.aws.ssm.PutResourcePolicy({
    ResourceArn,
    Policy: text(properties, 'Policy'),
    ...known,
  });
  return { id: `${PolicyId}|${ResourceArn}`, attributes: { PolicyId, PolicyHash } };
}

async function set(SettingId: string, SettingValue: string, { aws }: ResourceScope): Promise<Made> {
  await aws.ssm.UpdateServiceSetting({ SettingId, SettingValue });
  const { ServiceSetting: { ARN = '', Status, LastModifiedDate, LastModifiedUser } = {} } =
    await aws.ssm.GetServiceSetting({ SettingId });
  return { id: ARN, attributes: { Arn: ARN, Status, LastModifiedDate, LastModifiedUser } };
}

export const resources: ResourceTypes = {
  'AWS::SSM::ResourcePolicy': {
    async create(properties, scope) {
      // A step that is taken once more finds what it made.
      const known = scope.again ? await policiesOf(text(properties, 'ResourceArn'), scope) : [];
      return put(properties, known.find(({ Policy }) => Policy === text(properties, 'Policy')) ?? {}, scope);
    },
    async update(id, properties, _, scope) {
      const { PolicyId, ResourceArn } = partsOf(id);
      const { PolicyHash } = (await policiesOf(ResourceArn, scope)).find((one) => one.PolicyId === PolicyId) ?? {};
      return put(properties, { PolicyId, ...(PolicyHash !== undefined && { PolicyHash }) }, scope);
    },
    async delete(id, _, scope) {
      const { PolicyId, ResourceArn } = partsOf(id);
      const { PolicyHash } = (await policiesOf(ResourceArn, scope)).find((one) => one.PolicyId === PolicyId) ?? {};
      if (PolicyHash === undefined) return;
      await isGone(
        ['ResourceNotFoundException', 'ResourcePolicyNotFoundException'],
        scope.aws.ssm.DeleteResourcePolicy({ ResourceArn, PolicyId, PolicyHash }),
      );
    },
    async read(id, _, scope) {
      const { PolicyId, ResourceArn } = partsOf(id);
      const found = (await policiesOf(ResourceArn, scope)).find((one) => one.PolicyId === PolicyId);
      return found && { ResourceArn, Policy: JSON.parse(found.Policy ?? '{}') };
    },
  },
  'AWS::SSM::ServiceSetting': {
    create: (properties, scope) => set(text(properties, 'SettingId'), text(properties, 'SettingValue'), scope),
    update: (_, properties, __, scope) => set(text(properties, 'SettingId'), text(properties, 'SettingValue'), scope),
    async delete(SettingId, _, { aws }) {
      await aws.ssm.ResetServiceSetting({ SettingId });
    },
    async read(SettingId, _, { aws }) {
      const { ServiceSetting } = await aws.ssm.GetServiceSetting({ SettingId });
      if (ServiceSetting?.Status === 'Default') return undefined;
      return { SettingId: ServiceSetting?.SettingId, SettingValue: ServiceSetting?.SettingValue };
    },
  },
};
