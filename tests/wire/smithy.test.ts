/** The public Smithy protocol tests, server side: every committed case is a test; exceptions.json says what is not met and why. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Protocol, protocolOf } from '#kernel/wire';
import { checkMalformed, checkRequest, checkResponse } from './smithy-checks.ts';
import { checkStream } from './smithy-streams.ts';
import { readSuites, type ServiceSuite } from './smithy-suite.ts';

/** Case id (`protocol/kind/id`) → why it is not met. */
const exceptions: Record<string, string> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'exceptions.json'), 'utf8'),
);

type Check = { name: string; run: () => Promise<void> };

function checksOf(protocolName: string, service: ServiceSuite, protocol: Protocol): Check[] {
  const { model, requests, responses, malformed, streams } = service;
  const checks: Check[] = [];
  const add = (kind: string, id: string, run: () => Promise<void>) =>
    checks.push({ name: `${protocolName}/${kind}/${id}`, run });
  for (const test of requests) add('request', test.id, () => checkRequest(model, protocol, test));
  for (const test of responses) add('response', test.id, () => checkResponse(model, protocol, test));
  for (const test of malformed) add('malformed', test.id, () => checkMalformed(model, protocol, test));
  for (const test of streams) add('stream', test.id, () => checkStream(model, protocol, test));
  return checks;
}

const met = new Set<string>();
for (const suite of readSuites()) {
  for (const service of suite.services) {
    const protocol = protocolOf(service.model, suite.wire);
    describe(`${suite.protocol}: ${service.model.title}`, () => {
      for (const { name, run } of checksOf(suite.protocol, service, protocol)) {
        met.add(name);
        const reason = exceptions[name];
        if (reason === undefined) it(name, run);
        else
          it(`${name} is not met: ${reason}`, () =>
            assert.rejects(run(), `${name} passes now: take it out of exceptions.json`));
      }
    });
  }
}

it('exceptions.json names only cases that exist', () => {
  assert.deepStrictEqual(
    Object.keys(exceptions).filter((name) => !met.has(name)),
    [],
  );
});
