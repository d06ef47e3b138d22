/** CloudFormation's type of virtual MFA devices. */
import type { ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, tagListOf, tagsGone, textOf } from '#kernel/contract';

const GONE = 'NoSuchEntityException';
const TAKEN = 'EntityAlreadyExistsException';
/** Source: IAM API Reference, CreateVirtualMFADevice, "VirtualMFADeviceName": 226 with its stack's name and suffix. */
const NAME_LENGTH_MAX = 226;

/** The device, not yet in anybody's hands: that takes EnableMFADevice, with two of its codes. Source: AWS::IAM::VirtualMFADevice. */
const device: ResourceType = {
  async create(properties, scope) {
    const Path = textOf(properties.Path) ?? '/';
    const VirtualMFADeviceName = textOf(properties.VirtualMfaDeviceName) ?? scope.name(NAME_LENGTH_MAX);
    const Tags = tagListOf(properties, scope);
    await madeOnce(TAKEN, scope, scope.aws.iam.CreateVirtualMFADevice({ Path, VirtualMFADeviceName, Tags }));
    const id = `arn:${scope.partition}:iam::${scope.account}:mfa${Path}${VirtualMFADeviceName}`;
    return { id, attributes: { SerialNumber: id } };
  },
  async update(id, properties, before, scope) {
    const { iam } = scope.aws;
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await iam.UntagMFADevice({ SerialNumber: id, TagKeys });
    const Tags = tagListOf(properties, scope);
    if (Tags.length > 0) await iam.TagMFADevice({ SerialNumber: id, Tags });
    return { id, attributes: { SerialNumber: id } };
  },
  delete: (id, _, { aws }) => isGone(GONE, aws.iam.DeleteVirtualMFADevice({ SerialNumber: id })),
  async read(id, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.ListMFADeviceTags({ SerialNumber: id }));
    if (found === undefined) return undefined;
    const [, Path, VirtualMfaDeviceName] = /:mfa(\/(?:.*\/)?)([^/]+)$/.exec(id) ?? [];
    return { Path, VirtualMfaDeviceName, Users: properties.Users, Tags: found.Tags };
  },
};

export const devices: ResourceTypes = { 'AWS::IAM::VirtualMFADevice': device };
