/** A client of S3 Control, which puts the account before the host: every name under localhost is this machine. */
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { S3ControlClient } from '@aws-sdk/client-s3-control';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { TestCloud } from '../../support/cloud.ts';

const lookup: LookupFunction = (_, options, found) => {
  if (options.all === true) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
};

/** A client of account 123456789012 in us-east-1, or as the options say. */
export function controlOf(cloud: TestCloud, options: object = {}): S3ControlClient {
  return cloud.client(S3ControlClient, {
    requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ lookup }) }),
    ...options,
  } as never);
}
