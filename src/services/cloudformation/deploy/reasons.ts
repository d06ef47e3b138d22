/** What events say of stacks that did not come about, or did not go. */

/** What is wrong with the template itself. Source: events of stacks that people show, such as "No export named production:ECSTaskExecutionRole found. Rollback requested by user." */
export function rolledBack(why: string): string {
  return `${why.replace(/\.?\s*$/, '')}. Rollback requested by user.`;
}

/** Of resources that are still there. */
export function deletionReason(names: readonly string[]): string {
  return `The following resource(s) failed to delete: [${names.join(', ')}]. `;
}
