/** Lambda's types of CloudFormation that say who may: code signing configurations, and policies as one document. */
import type { ResourceScope, ResourceType } from '#kernel/contract';
import { ifThere, isGone, tagsGone, tagsOf, textOf } from '#kernel/contract';

const GONE = 'ResourceNotFoundException';
const text = (value: unknown) => textOf(value) ?? '';

export const signingConfig: ResourceType = {
  async create(properties, scope) {
    const Tags = tagsOf(properties, scope);
    const { Tags: _, ...wanted } = properties;
    const { CodeSigningConfig } = await scope.aws.lambda.CreateCodeSigningConfig({ ...wanted, Tags } as never);
    const { CodeSigningConfigArn = '', CodeSigningConfigId = '' } = CodeSigningConfig ?? {};
    return { id: CodeSigningConfigArn, attributes: { CodeSigningConfigArn, CodeSigningConfigId } };
  },
  async update(CodeSigningConfigArn, properties, before, scope) {
    const { lambda } = scope.aws;
    const { AllowedPublishers, CodeSigningPolicies, Description } = properties;
    const { CodeSigningConfig } = await lambda.UpdateCodeSigningConfig({
      CodeSigningConfigArn,
      AllowedPublishers,
      CodeSigningPolicies: CodeSigningPolicies ?? { UntrustedArtifactOnDeployment: 'Warn' },
      Description: text(Description),
    } as never);
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await lambda.UntagResource({ Resource: CodeSigningConfigArn, TagKeys });
    await lambda.TagResource({ Resource: CodeSigningConfigArn, Tags: tagsOf(properties, scope) });
    const { CodeSigningConfigId } = CodeSigningConfig ?? {};
    return { id: CodeSigningConfigArn, attributes: { CodeSigningConfigArn, CodeSigningConfigId } };
  },
  delete: (CodeSigningConfigArn, _, { aws }) =>
    isGone(GONE, aws.lambda.DeleteCodeSigningConfig({ CodeSigningConfigArn })),
  async read(CodeSigningConfigArn, properties, { aws }) {
    const found = await ifThere(GONE, aws.lambda.GetCodeSigningConfig({ CodeSigningConfigArn }));
    if (found === undefined) return undefined;
    const { AllowedPublishers, CodeSigningPolicies, Description } = found.CodeSigningConfig ?? {};
    return { ...properties, AllowedPublishers, CodeSigningPolicies, ...(Description !== undefined && { Description }) };
  },
};

export const resourcePolicy: ResourceType = {
  async create(properties, scope) {
    return write(text(properties.ResourceArn), properties.PolicyDocument, scope);
  },
  update: (_, properties, __, scope) => write(text(properties.ResourceArn), properties.PolicyDocument, scope),
  delete: (_, { ResourceArn }, { aws }) =>
    isGone(GONE, aws.lambda.DeleteResourcePolicy({ ResourceArn: text(ResourceArn) })),
  async read(_, properties, { aws }) {
    const ResourceArn = text(properties.ResourceArn);
    const found = await ifThere(GONE, aws.lambda.GetResourcePolicy({ ResourceArn }));
    return found && { ResourceArn, PolicyDocument: JSON.parse(text(found.Policy)) };
  },
};

async function write(ResourceArn: string, policy: unknown, { aws }: ResourceScope) {
  await aws.lambda.PutResourcePolicy({ ResourceArn, Policy: text(policy) });
  return { id: ResourceArn, attributes: {} };
}
