/** A server that runs only the wire steps of the gateway: it hands over the input it read, and answers what it is told. */
import assert from 'node:assert/strict';
import type { ServiceError } from '#kernel/contract';
import { Catalog, type GatewayReply, type GatewayRequest, type Kernel, Listener } from '#kernel/gateway';
import type { ProtocolName } from '#kernel/wire';
import { Exchange } from '../../src/kernel/gateway/exchange.ts';
import { identify } from '../../src/kernel/gateway/steps/identify.ts';
import { loadService } from '../../src/kernel/gateway/steps/load.ts';
import { parse } from '../../src/kernel/gateway/steps/parse.ts';
import { receive } from '../../src/kernel/gateway/steps/receive.ts';
import { fail, serialize } from '../../src/kernel/gateway/steps/reply.ts';
import { route } from '../../src/kernel/gateway/steps/route.ts';
import { comparable } from './shapes.ts';

/** What the server found in a request; `input` is comparable, its streams read. */
export type Seen = {
  service: string;
  protocol: ProtocolName;
  operation: string;
  input: Record<string, unknown>;
  failures: unknown[];
};

export type Answer = { output: Record<string, unknown> } | { error: ServiceError };

export type WireServer = {
  port: number;
  catalog: Catalog;
  /** Answers the next request with `answer`; gives what that request was once it has been read. */
  expect(answer: Answer): { seen(): Seen | undefined };
  close(): Promise<void>;
};

/** Listens on a free port of loopback. */
export async function startWireServer(models: string): Promise<WireServer> {
  const catalog = new Catalog(models, async () => undefined);
  const troubles: string[] = [];
  const kernel = {
    catalog,
    log: (_: string, message: string, fields: object) => troubles.push(`${message} ${JSON.stringify(fields)}`),
  } as unknown as Kernel;
  let answer: Answer | undefined;
  let seen: Seen | undefined;

  async function serve(request: GatewayRequest): Promise<GatewayReply> {
    const x = new Exchange(request, '4442587f-b7d0-a2f9-aaaa-0123456789ab', 0);
    try {
      for (const step of [identify, loadService, receive, route, parse]) await step(x, kernel);
      const validate = x.loaded?.validator(x.operation);
      seen = {
        service: x.head?.name ?? '',
        protocol: x.protocolName as ProtocolName,
        operation: x.operation,
        input: (await comparable(x.input)) as Record<string, unknown>,
        failures: (validate?.(x.input) ?? []).map((failure) => ({ ...failure, shape: undefined })),
      };
      const given = answer;
      answer = undefined;
      assert.notEqual(given, undefined, 'a request that nobody expected');
      if (given !== undefined && 'error' in given) throw given.error;
      x.output = given?.output ?? {};
      serialize(x);
    } catch (error) {
      fail(x, kernel, error);
    }
    return x.reply ?? 'close';
  }

  const listener = new Listener(serve, undefined);
  return {
    port: await listener.listen('127.0.0.1', 0),
    catalog,
    expect(next) {
      answer = next;
      seen = undefined;
      troubles.length = 0;
      return {
        seen() {
          assert.deepStrictEqual(troubles, []);
          return seen;
        },
      };
    },
    close: () => listener.close(0),
  };
}
