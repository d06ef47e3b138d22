/**
 * Whether what fails goes back to what it was.
 *
 * A deployment's mode says how long CloudFormation looks after each resource: in EXPRESS mode it goes on as soon as a resource is configured,
 * and leaves what has failed as it is unless told otherwise. Here resources are configured and stable at once in either mode.
 */
import type { CreateStackInput, DeploymentConfig } from '#models/cloudformation';

/** Source of EXPRESS's default: the AWS CDK, which says it before it deploys. */
export function disablesRollback({
  DisableRollback: asked,
  DeploymentConfig: config,
}: Pick<CreateStackInput, 'DisableRollback' | 'DeploymentConfig'>): boolean {
  return config?.DisableRollback ?? asked ?? config?.Mode === 'EXPRESS';
}

/** What is kept and told of a deployment's mode. */
export function deploymentOf(config: DeploymentConfig | undefined): { deployment?: DeploymentConfig } {
  return config === undefined ? {} : { deployment: config };
}
