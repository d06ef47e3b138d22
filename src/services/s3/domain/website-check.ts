/**
 * What a website configuration may not say. Source: S3 API Reference, PutBucketWebsite, RoutingRule and its members.
 *
 * Deviation: the texts about routing rules were never compared with an answer of AWS.
 */
import type { RoutingRule, WebsiteConfiguration } from '#models/s3';
import { invalidArgument, invalidRequest, malformedXml } from '../errors.ts';
import { ROUTING_RULES_MAX } from '../limits.ts';

/** @throws {ServiceError} InvalidArgument, InvalidRequest, MalformedXML */
export function checkWebsite(website: WebsiteConfiguration): void {
  const { RedirectAllRequestsTo: all, IndexDocument: index, ErrorDocument: failed, RoutingRules: rules = [] } = website;
  if (all !== undefined) {
    if (index !== undefined || failed !== undefined || rules.length > 0)
      throw invalidRequest('RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.');
    if (all.HostName === '') throw malformedXml();
    return;
  }
  if (index === undefined)
    throw invalidArgument(
      'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
      'IndexDocument',
      'null',
    );
  if (index.Suffix === '' || index.Suffix.includes('/'))
    throw invalidArgument('The IndexDocument Suffix is not well formed', 'IndexDocument', index.Suffix);
  if (failed?.Key === '') throw invalidArgument('The ErrorDocument Key is not well formed', 'ErrorDocument', '');
  if (rules.length > ROUTING_RULES_MAX)
    throw invalidRequest(
      `${rules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${ROUTING_RULES_MAX}.`,
    );
  for (const rule of rules) checkRule(rule);
}

function checkRule({ Condition: when, Redirect: to }: RoutingRule): void {
  if (Object.values(to).every((one) => one === undefined)) throw malformedXml();
  if (when !== undefined && when.HttpErrorCodeReturnedEquals === undefined && when.KeyPrefixEquals === undefined)
    throw invalidRequest(
      "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
    );
  const error = when?.HttpErrorCodeReturnedEquals;
  if (error !== undefined && !/^[45]\d\d$/.test(error))
    throw invalidRequest(`The provided HTTP error code (${error}) is not valid. Valid codes are 4XX or 5XX.`);
  const code = to.HttpRedirectCode;
  if (code !== undefined && (!/^3\d\d$/.test(code) || code === '300'))
    throw invalidRequest(`The provided HTTP redirect code (${code}) is not valid. Valid codes are 3XX except 300.`);
  if (to.ReplaceKeyWith !== undefined && to.ReplaceKeyPrefixWith !== undefined)
    throw invalidRequest('You can only define ReplaceKeyPrefix or ReplaceKey but not both.');
}
