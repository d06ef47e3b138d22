/** The client of key value stores, which signs by version 4a and puts the account before the endpoint's name. */
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { CloudFrontKeyValueStoreClient } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import '@smithy/signature-v4a';
import type { TestCloud } from '../../support/cloud.ts';

/** Not every machine resolves names below localhost. */
const toLoopback: LookupFunction = (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);

export const clientOf = (cloud: TestCloud, config: object = {}): CloudFrontKeyValueStoreClient =>
  cloud.client(CloudFrontKeyValueStoreClient, {
    endpoint: cloud.url.replace('127.0.0.1', 'localhost'),
    requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ lookup: toLoopback }) }),
    ...config,
  });
