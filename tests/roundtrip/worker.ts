/** A thread that checks one service after the other, as it is told their names. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { checkService, type Outcome } from './check.ts';
import { sdkOf } from './client.ts';
import { startWireServer } from './server.ts';

const server = await startWireServer(join(import.meta.dirname, '../../models'));
const leftOut = new Set(workerData as string[]);

async function outcomesOf(service: string): Promise<Outcome[]> {
  const { model } = await server.catalog.load(service);
  const sdk = sdkOf(model);
  const outcomes: Outcome[] = [];
  for (const protocol of sdk.protocols) outcomes.push(await checkService(model, sdk, server, protocol, leftOut));
  return outcomes;
}

parentPort?.on('message', async (service: string) => parentPort?.postMessage(await outcomesOf(service)));
