/** The engine of functions by itself: functions of a few files, called without a cloud around them. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { ProcessFunctions } from '#engines/function/engine';
import type { FunctionCode, FunctionSpec } from '#kernel/contract';

type File = string | Uint8Array | { text: string | Uint8Array; mode: number };

/** An archive of files by name; those that are programs say so by their mode. */
export function archive(files: { [name: string]: File }): FunctionCode {
  const entries: Zippable = {};
  for (const [name, file] of Object.entries(files)) {
    const { text, mode } = typeof file === 'string' || file instanceof Uint8Array ? { text: file, mode: 0o644 } : file;
    entries[name] = [Buffer.from(text), { os: 3, attrs: (mode << 16) >>> 0 }];
  }
  const zip = zipSync(entries);
  return {
    sha256: createHash('sha256').update(zip).digest('base64'),
    open: async function* () {
      yield zip;
    },
  };
}

/** Any document; a test says by its assertions what it should be. */
export type Json = { readonly [name: string]: Json } & { readonly [index: number]: Json };

export type Bench = {
  engine: ProcessFunctions;
  /** The folder that stands for the cloud's state. */
  hidden: string;
  /** What functions have written. */
  written: string[];
  functionOf(options: Partial<FunctionSpec> & Pick<FunctionSpec, 'code'>): FunctionSpec;
  invoke(
    spec: FunctionSpec,
    event?: unknown,
  ): Promise<{ failed: boolean; value: Json; tail: string; id: string; duration: number }>;
  close(): Promise<void>;
};

/** An engine with a folder of its own; `close` ends it and removes the folder. */
export function openBench(): Bench {
  const scratch = mkdtempSync(join(tmpdir(), 'cloudyard-bench-functions-'));
  const hidden = join(scratch, 'state');
  mkdirSync(hidden);
  const engine = new ProcessFunctions({ scratch: join(scratch, 'functions'), hidden });
  const written: string[] = [];
  let count = 0;
  return {
    engine,
    hidden,
    written,
    functionOf(options) {
      count += 1;
      return {
        key: `${count}`,
        arn: `arn:aws:lambda:us-east-1:123456789012:function:f${count}`,
        place: { account: '123456789012', region: 'us-east-1' },
        name: `f${count}`,
        version: '$LATEST',
        runtime: 'nodejs24.x',
        handler: 'index.handler',
        layers: [],
        memory: 256,
        timeout: 20_000,
        storage: 512,
        environment: {},
        endpoint: 'http://127.0.0.1:1',
        credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
        log: {
          group: '/aws/lambda/f',
          stream: () => `stream-${count}`,
          json: false,
          application: 'INFO',
          system: 'INFO',
        },
        onLog: async (_stream, lines) => {
          written.push(...lines.map(({ text }) => text));
        },
        ...options,
      };
    },
    async invoke(spec, event = {}) {
      count += 1;
      const id = `call-${count}`;
      const answer = await engine.invoke(spec, {
        requestId: id,
        arn: spec.arn,
        payload: Buffer.from(JSON.stringify(event)),
        trace: 'Root=1-5759e988-bd862e3fe1be46a994272793',
        streams: false,
      });
      const { tail, duration } = await answer.ended;
      const value = JSON.parse(Buffer.from(answer.body as Uint8Array).toString() || 'null') as Json;
      return { failed: answer.failed, value, tail, id, duration };
    },
    async close() {
      await engine.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
