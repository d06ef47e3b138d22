/** The planes of a cloud: each is made when it is first asked for, and ends with the cloud. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgePlane, Planes } from '#kernel/contract';
import type { CloudOptions } from './config.ts';
import type { Folder } from './folder.ts';

const require = createRequire(import.meta.url);

/** @param folder of the state; without one, planes write to a folder of their own that goes with the cloud */
export function openPlanes(
  options: CloudOptions,
  folder: Folder | undefined,
): Planes & { forget(): void; close(): Promise<void> } {
  let edge: EdgePlane | undefined = options.planes?.edge;
  let temporary: string | undefined;
  const scratch = () => folder?.scratch ?? (temporary ??= mkdtempSync(join(tmpdir(), 'cloudyard-')));
  return {
    get edge() {
      edge ??= makeEdge(() => join(scratch(), 'edge'));
      return edge;
    },
    /** When the state is no longer the same: what was carried belongs to the old one. */
    forget() {
      edge?.forget();
    },
    async close() {
      await edge?.close();
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
    },
  };
}

function makeEdge(folder: () => string): EdgePlane {
  const { Edge } = require('#planes/edge/edge') as typeof import('#planes/edge/edge');
  return new Edge(folder);
}
