/** AWS::Serverless::CapacityProvider: instances that run functions, and the role that runs the instances. */
import type { JsonObject } from '../../domain/parse.ts';
import { resourceFault } from './faults.ts';
import { type Made, made, trust } from './made.ts';
import { boolean, literal, map, type Rules, required, textOrMap } from './properties.ts';
import { managedArn } from './role.ts';
import type { Declared, Setting } from './setting.ts';
import { getAtt, isGiven, mapOf, tagList } from './values.ts';

export const CAPACITY_PROVIDER_PROPERTIES: Rules = {
  CapacityProviderName: literal(textOrMap),
  VpcConfig: literal(required(map)),
  OperatorRole: literal(textOrMap),
  Tags: literal(map),
  PropagateTags: literal(boolean),
  InstanceRequirements: literal(map),
  ScalingConfig: literal(map),
  KmsKeyArn: literal(textOrMap),
};

const SAM_TAG = { 'lambda:createdBy': 'SAM' };

/**
 * What a capacity provider stands for.
 *
 * @throws {SamFault}
 */
export function capacityProviderOf(declared: Declared, { partition }: Setting): Made[] {
  const { id, given, attributes, passed, dependsOn } = declared;
  const { AllowedTypes, ExcludedTypes, Architectures } = mapOf(given.InstanceRequirements);
  if (isGiven(AllowedTypes) && isGiven(ExcludedTypes))
    throw resourceFault(
      id,
      "Cannot specify 'InstanceRequirements.AllowedTypes' and 'InstanceRequirements.ExcludedTypes' together.",
    );
  const { SubnetIds, SecurityGroupIds } = mapOf(given.VpcConfig);
  if (SubnetIds === undefined) throw resourceFault(id, "Property 'VpcConfig.SubnetIds' is required.");
  const role = made(
    `${id}OperatorRole`,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
      ManagedPolicyArns: [managedArn(partition, 'AWSLambdaManagedEC2ResourceOperator')],
      Tags: tagList(SAM_TAG),
    },
    { attributes: passed },
  );
  const hasRole = isGiven(given.OperatorRole);
  const provider = made(
    id,
    'AWS::Lambda::CapacityProvider',
    {
      CapacityProviderName: given.CapacityProviderName,
      VpcConfig: made(id, 'part', { SubnetIds, SecurityGroupIds }).properties,
      PermissionsConfig: {
        CapacityProviderOperatorRoleArn: hasRole ? (given.OperatorRole ?? null) : getAtt(role.id, 'Arn'),
      },
      Tags: tagList({ ...mapOf(given.Tags), ...SAM_TAG }),
      InstanceRequirements: isGiven(given.InstanceRequirements)
        ? made(id, 'part', {
            Architectures,
            AllowedInstanceTypes: AllowedTypes,
            ExcludedInstanceTypes: ExcludedTypes,
          }).properties
        : undefined,
      CapacityProviderScalingConfig: isGiven(given.ScalingConfig) ? scaling(mapOf(given.ScalingConfig)) : undefined,
      KmsKeyArn: given.KmsKeyArn,
    },
    { attributes, dependsOn },
  );
  if (isGiven(given.PropagateTags) && !hasRole) role.properties.Tags = tagList({ ...SAM_TAG, ...mapOf(given.Tags) });
  return hasRole ? [provider] : [role, provider];
}

function scaling({ MaxVCpuCount, AverageCPUUtilization }: JsonObject): JsonObject {
  const isManual = AverageCPUUtilization !== undefined && AverageCPUUtilization !== null;
  return {
    ...(MaxVCpuCount !== undefined && { MaxVCpuCount }),
    ScalingMode: isManual ? 'Manual' : 'Auto',
    ...(isManual && {
      ScalingPolicies: [
        {
          PredefinedMetricType: 'LambdaCapacityProviderAverageCPUUtilization',
          TargetValue: AverageCPUUtilization,
        },
      ],
    }),
  };
}
