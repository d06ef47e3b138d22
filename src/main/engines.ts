/** The engines of a cloud: each is made when it is first asked for, and ends with the cloud. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionOptions } from '#engines/function/sandbox';
import type { ProcessSql } from '#engines/sql/engine';
import type { Engines, FunctionEngine } from '#kernel/contract';
import { type CloudOptions, HOST_DEFAULT, isLoopback } from './config.ts';
import type { Folder } from './folder.ts';

const require = createRequire(import.meta.url);

/** @param folder of the state; without one, engines write to a folder of their own that goes with the cloud */
export function openEngines(options: CloudOptions, folder: Folder | undefined): Engines & { close(): Promise<void> } {
  let functions: FunctionEngine | undefined = options.engines?.function;
  let sql: ProcessSql | undefined;
  let temporary: string | undefined;
  const scratch = () => folder?.scratch ?? (temporary ??= mkdtempSync(join(tmpdir(), 'cloudyard-')));
  return {
    get function() {
      functions ??= makeFunctions({
        scratch: join(scratch(), 'functions'),
        hidden: folder?.path,
        modules: findModules(),
        runsFolders: isLoopback(options.host ?? HOST_DEFAULT),
      });
      return functions;
    },
    get sql() {
      if (options.engines?.sql !== undefined) return options.engines.sql;
      sql ??= makeSql();
      return sql;
    },
    async close() {
      await functions?.close();
      sql?.close();
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
    },
  };
}

function makeFunctions(options: FunctionOptions): FunctionEngine {
  const { ProcessFunctions } = require('#engines/function/engine') as typeof import('#engines/function/engine');
  return new ProcessFunctions(options);
}

function makeSql(): ProcessSql {
  const engine = require('#engines/sql/engine') as typeof import('#engines/sql/engine');
  return new engine.ProcessSql();
}

/**
 * Where functions find `@aws-sdk/…`, which Lambda's own runtimes bring along: in the folder that the cloud runs in, or where Cloudyard's own
 * packages are, which npm may have put into any folder above it.
 */
function findModules(): string | undefined {
  const above = require.resolve.paths('@aws-sdk/client-s3') ?? [];
  const folders = [join(process.cwd(), 'node_modules'), ...above];
  return folders.find((folder) => existsSync(join(folder, '@aws-sdk')));
}
