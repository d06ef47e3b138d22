/** Claims that are condition keys of single providers: those of the shared ones, whose tokens many accounts trust. */

/**
 * By what a provider's URL is without its scheme. Source: IAM User Guide, "IAM and AWS STS condition context keys", "Available keys for AWS
 * OIDC federation"; that no other claim is one: radkawar/stackd, measured in 2026.
 *
 * Deviation: Google's `google/organization_number` is none.
 */
const OF: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^token\.actions\.githubusercontent\.com$/,
    [
      'actor',
      'actor_id',
      'enterprise_id',
      'environment',
      'job_workflow_ref',
      'ref',
      'repository',
      'repository_id',
      'repository_owner_id',
      'workflow',
    ],
  ],
  [
    /^gitlab\.com$/,
    [
      'namespace_id',
      'pipeline_source',
      'project_id',
      'ref_protected',
      'runner_environment',
      'user_access_level',
      'user_email',
      'user_id',
      'user_login',
    ],
  ],
  [
    /^agent\.buildkite\.com$/,
    [
      'build_branch',
      'cluster_id',
      'cluster_name',
      'organization_id',
      'organization_slug',
      'pipeline_id',
      'pipeline_slug',
    ],
  ],
  [/^oidc\.circleci\.com\/org\//, ['oidc.circleci.com/project-id']],
  [/^[^/]+\.identity\.oraclecloud\.com(\/|$)/, ['rpst_id']],
];

/** Names of the claims that are condition keys of this provider and of no other. @param name the provider's URL without its scheme */
export function ownClaims(name: string): readonly string[] {
  return OF.find(([provider]) => provider.test(name))?.[1] ?? [];
}
