/** One large object, up and down again: how fast, at what cost of CPU, and how much more memory the server takes meanwhile. */
import { connect } from 'node:net';
import { UNSIGNED_PAYLOAD } from '#kernel/identity';
import type { Client } from './client.ts';
import { createBucket } from './scenarios.ts';
import { cpuMicros, type Kind, type Running, rssBytes, start } from './server.ts';

const MIB = 1_048_576;
export const LARGE_BYTES = 1_024 * MIB;
const PIECE = Buffer.alloc(MIB, 'cloudyard');
const SAMPLE_EVERY = 50;

export type Transfer = { server: string; what: string; seconds: number; cpuSeconds: number; moreBytes: number };

/** Puts and gets the object at each server that has S3. */
export async function measureLarge(kinds: readonly Kind[]): Promise<Transfer[]> {
  const transfers: Transfer[] = [];
  for (const kind of kinds.filter(({ services }) => services.includes('s3'))) {
    const server = await start(kind);
    try {
      await createBucket(server.client, 'bench-large');
      for (const what of ['PutObject', 'GetObject'] as const) transfers.push(await watch(server, what));
    } finally {
      await server.stop();
    }
  }
  return transfers;
}

async function watch(server: Running, what: 'PutObject' | 'GetObject'): Promise<Transfer> {
  const { pid, client, kind } = server;
  const before = { cpu: cpuMicros(pid), rss: rssBytes(pid), at: performance.now() };
  let most = before.rss;
  const sampling = setInterval(() => {
    most = Math.max(most, rssBytes(pid));
  }, SAMPLE_EVERY);
  try {
    await (what === 'PutObject' ? put(client) : get(client));
  } finally {
    clearInterval(sampling);
  }
  const seconds = (performance.now() - before.at) / 1_000;
  return {
    server: kind.name,
    what,
    seconds,
    cpuSeconds: (cpuMicros(pid) - before.cpu) / 1e6,
    moreBytes: most - before.rss,
  };
}

const call = (method: string) => ({
  service: 's3',
  method,
  path: '/bench-large/object',
  headers: { 'x-amz-content-sha256': UNSIGNED_PAYLOAD },
});

async function put(client: Client): Promise<void> {
  const head = client.prepareHead(call('PUT'), LARGE_BYTES, UNSIGNED_PAYLOAD);
  const answer = await exchange(client.port, 0, async (write) => {
    await write(head);
    for (let sent = 0; sent < LARGE_BYTES; sent += PIECE.length) await write(PIECE);
  });
  if (!answer.head.startsWith('HTTP/1.1 200')) throw new Error(`PutObject: ${answer.head}`);
}

async function get(client: Client): Promise<void> {
  const answer = await exchange(client.port, LARGE_BYTES, (write) =>
    write(client.prepareHead(call('GET'), 0, UNSIGNED_PAYLOAD)),
  );
  if (!answer.head.startsWith('HTTP/1.1 200') || answer.size < LARGE_BYTES)
    throw new Error(`GetObject: ${answer.head}`);
}

/** Sends a request and reads, keeping nothing but the beginning, until `expected` bytes have come. */
function exchange(
  port: number,
  expected: number,
  send: (write: (bytes: Buffer) => Promise<void>) => Promise<void>,
): Promise<{ head: string; size: number }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let head = '';
    let size = 0;
    socket.on('data', (piece) => {
      if (head === '') head = piece.toString('latin1').slice(0, 500);
      size += piece.length;
      if (size <= expected) return;
      resolve({ head, size });
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ head, size }));
    const write = (bytes: Buffer) =>
      new Promise<void>((written) => {
        if (socket.write(bytes)) written();
        else socket.once('drain', written);
      });
    send(write).catch(reject);
  });
}
