/** Sample queries of CloudTrail Lake, found by words. Deviation: the queries are Cloudyard's own, fewer than AWS has. */
import type { Handler } from '#kernel/contract';
import { pageToken, shownBefore } from '../domain/mark.ts';

type Sample = { Name: string; Description: string; SQL: string };

const WEEK = "eventTime > date_add('day', -7, now())";
const STORE = '$EDS_ID';

const SAMPLES: readonly Sample[] = [
  {
    Name: 'Calls that failed',
    Description: 'The errors of the last week, by service, operation and code, most frequent first.',
    SQL: `SELECT eventSource, eventName, errorCode, count(*) AS calls FROM ${STORE} WHERE errorCode IS NOT NULL AND ${WEEK} GROUP BY eventSource, eventName, errorCode ORDER BY calls DESC`,
  },
  {
    Name: 'Access that was denied',
    Description: 'Who was refused what in the last week.',
    SQL: `SELECT eventTime, userIdentity.arn, eventSource, eventName, errorMessage FROM ${STORE} WHERE errorCode LIKE '%AccessDenied%' AND ${WEEK} ORDER BY eventTime DESC`,
  },
  {
    Name: 'Calls of the root user',
    Description: 'What was done as the root user of the account.',
    SQL: `SELECT eventTime, eventSource, eventName, sourceIPAddress FROM ${STORE} WHERE userIdentity.type = 'Root' ORDER BY eventTime DESC`,
  },
  {
    Name: 'Most active users',
    Description: 'Principals by the number of their calls in the last week.',
    SQL: `SELECT userIdentity.arn AS principal, count(*) AS calls FROM ${STORE} WHERE ${WEEK} GROUP BY userIdentity.arn ORDER BY calls DESC LIMIT 20`,
  },
  {
    Name: 'Calls of an access key',
    Description: 'All that one access key was used for; put its id in.',
    SQL: `SELECT eventTime, eventSource, eventName, awsRegion, sourceIPAddress FROM ${STORE} WHERE userIdentity.accessKeyId = 'AKIAIOSFODNN7EXAMPLE' ORDER BY eventTime`,
  },
  {
    Name: 'Changes of security groups, roles and policies',
    Description: 'Who changed permissions in IAM: roles, users, groups and policies.',
    SQL: `SELECT eventTime, userIdentity.arn, eventName, requestParameters FROM ${STORE} WHERE eventSource = 'iam.amazonaws.com' AND readOnly = false ORDER BY eventTime DESC`,
  },
  {
    Name: 'Changes of buckets',
    Description: 'Buckets of S3 that were made, changed or deleted, and by whom.',
    SQL: `SELECT eventTime, userIdentity.arn, eventName, element_at(requestParameters, 'bucketName') AS bucket FROM ${STORE} WHERE eventSource = 's3.amazonaws.com' AND managementEvent = true AND readOnly = false ORDER BY eventTime DESC`,
  },
  {
    Name: 'Calls by the hour',
    Description: 'How many calls there were in each hour of the last week.',
    SQL: `SELECT date_trunc('hour', eventTime) AS hour, count(*) AS calls FROM ${STORE} WHERE ${WEEK} GROUP BY 1 ORDER BY 1`,
  },
];

const PAGE_DEFAULT = 10;

const wordsOf = (text: string) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/** How many of the words are in a sample. */
function relevanceOf({ Name, Description, SQL }: Sample, words: readonly string[]): number {
  const own = new Set(wordsOf(`${Name} ${Description} ${SQL}`));
  return words.filter((word) => own.has(word) || own.has(`${word}s`)).length / Math.max(1, words.length);
}

export const searchSampleQueries: Handler<'cloudtrail', 'SearchSampleQueries'> = (input) => {
  const words = wordsOf(input.SearchPhrase);
  const found = SAMPLES.map((sample) => ({ ...sample, Relevance: relevanceOf(sample, words) }))
    .filter(({ Relevance }) => Relevance > 0)
    .toSorted((a, b) => b.Relevance - a.Relevance);
  const from = shownBefore(input.NextToken);
  const next = from + (input.MaxResults ?? PAGE_DEFAULT);
  return {
    SearchResults: found.slice(from, next),
    ...(next < found.length && { NextToken: pageToken(next) }),
  };
};
