/** A lake for tests: an event data store, and how it is asked. */
import assert from 'node:assert/strict';
import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  type CreateEventDataStoreCommandInput,
  GetEventDataStoreCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudtrail';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { TestCloud } from '../../support/cloud.ts';

/** A store that nothing protects, in the queries of `start` and `ask` called LAKE. */
export async function world(cloud: TestCloud, options: Partial<CreateEventDataStoreCommandInput> = {}) {
  const [trail, sqs] = [cloud.client(CloudTrailClient), cloud.client(SQSClient)];
  const made = await trail.send(
    new CreateEventDataStoreCommand({ Name: 'lake', TerminationProtectionEnabled: false, ...options }),
  );
  const { EventDataStoreArn: arn = '' } = made;
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  const start = async (QueryStatement: string) =>
    (await trail.send(new StartQueryCommand({ QueryStatement: QueryStatement.replaceAll('LAKE', id) }))).QueryId;
  const results = async (QueryId: string | undefined) => {
    await cloud.advance(0);
    return trail.send(new GetQueryResultsCommand({ QueryId: QueryId ?? '' }));
  };
  /** The rows of a query, each an object. */
  const ask = async (statement: string) => {
    const { QueryStatus, QueryResultRows = [], ErrorMessage } = await results(await start(statement));
    assert.equal(QueryStatus, 'FINISHED', ErrorMessage ?? '');
    return QueryResultRows.map((cells) => Object.fromEntries(cells.flatMap((cell) => Object.entries(cell))));
  };
  const status = async () => (await trail.send(new GetEventDataStoreCommand({ EventDataStore: arn }))).Status;
  return { trail, sqs, made, arn, id, start, results, ask, status };
}
