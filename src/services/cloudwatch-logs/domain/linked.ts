/**
 * What services of AWS do with log groups by themselves: with a role that is linked to them, which no policy of the group's owner has to
 * allow. Source: CloudFront Developer Guide, "Service-linked roles" (AWSServiceRoleForCloudFrontLogger).
 */
import type { Ctx } from '#kernel/contract';

type Linked = { role: string; prefix: string; actions: readonly string[] };

const LINKED: { readonly [service: string]: Linked } = {
  'cloudfront.amazonaws.com': {
    role: 'AWSServiceRoleForCloudFrontLogger',
    prefix: '/aws/cloudfront/',
    actions: ['CreateLogGroup', 'CreateLogStream', 'PutLogEvents'],
  },
  'monitoring.amazonaws.com': {
    role: 'Contributor Insights and log alarms',
    prefix: '',
    actions: [
      'DescribeLogGroups',
      'FilterLogEvents',
      'CreateScheduledQuery',
      'UpdateScheduledQuery',
      'DeleteScheduledQuery',
      'GetQueryResults',
    ],
  },
};

/** The role by which the calling service may do it; undefined where none lets it. @param group its name; empty for what is of no one group */
export function linkedRole(action: string, group: string, { caller }: Ctx): string | undefined {
  const { principal } = caller;
  const linked = principal.kind === 'service' ? LINKED[principal.service] : undefined;
  return linked?.actions.includes(action) === true && group.startsWith(linked.prefix) ? linked.role : undefined;
}
