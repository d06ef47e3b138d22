/** What events say of stacks that did not come about, or did not go. */

/** What is wrong with the template itself. Source: events of stacks that people show, such as "No export named production:ECSTaskExecutionRole found. Rollback requested by user." */
export function rolledBack(why: string): string {
  return `${why.replace(/\.?\s*$/, '')}. Rollback requested by user.`;
}

/** Of resources that are still there. */
export function deletionReason(names: readonly string[]): string {
  return `The following resource(s) failed to delete: [${names.join(', ')}]. `;
}

/** Of an update that is complete though something is still there. Source: aws-cloudformation/cloudformation-coverage-roadmap, issue 744. */
export const LEFT_BEHIND = 'Update successful. One or more resources could not be deleted.';

/** Source: smoketurner/serverless-vpc-plugin, issue 1221; CloudFormation User Guide, "Choose how to handle failures": immutable updates aren't supported. */
export const NO_REPLACEMENT = 'Replacement type updates not supported on stack with disable-rollback.';
