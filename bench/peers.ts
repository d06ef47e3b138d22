/** The servers that are compared: Cloudyard itself, and the peers this machine has. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, form, type Keys } from './client.ts';
import type { Kind } from './server.ts';

const CLOUDYARD = join(import.meta.dirname, '../bin/cloudyard.js');
const DYNALITE = 'dynalite@4.0.0';
const ALL = ['dynamodb', 'sqs', 's3', 'sts', 'kms'] as const;

/** A user may do what the scenarios do, by two statements on named resources: what an application's user looks like. */
const POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['dynamodb:*', 'sqs:*'],
      Resource: ['arn:aws:dynamodb:*:*:table/bench-*', 'arn:aws:sqs:*:*:bench-*'],
    },
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: 'arn:aws:lambda:*:*:function:bench-*' },
    { Effect: 'Allow', Action: 'kms:Encrypt', Resource: 'arn:aws:kms:*:*:key/*' },
    { Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::bench-*', 'arn:aws:s3:::bench-*/*'] },
  ],
};

async function makeUser(client: Client): Promise<Keys> {
  const iam = (action: string, input: { [name: string]: string }) =>
    client.call(form('iam', '2010-05-08', action, { UserName: 'bench', ...input }));
  await iam('CreateUser', {});
  await iam('PutUserPolicy', { PolicyName: 'bench', PolicyDocument: JSON.stringify(POLICY) });
  const { body } = await iam('CreateAccessKey', {});
  const text = body.toString();
  const value = (tag: string) => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(text)?.[1] ?? '';
  return { accessKeyId: value('AccessKeyId'), secret: value('SecretAccessKey') };
}

/** Cloudyard with a data folder; the word says what an acknowledged write survives. */
export function cloudyard(durability: 'process' | 'disk'): Kind {
  return {
    name: durability === 'process' ? 'cloudyard' : 'cloudyard (disk)',
    peer: false,
    enforces: true,
    services: [...ALL, 'lambda', 'edge'],
    command: (port, folder) => [
      process.execPath,
      CLOUDYARD,
      'start',
      '--port',
      String(port),
      '--data',
      join(folder, 'data'),
      '--durability',
      durability,
    ],
    keys: makeUser,
  };
}

/** A peer, or undefined where this machine lacks it. */
export type FindPeer = () => Kind | undefined;

export const PEERS: { readonly [name: string]: FindPeer } = {
  moto: findMoto,
  dynalite: findDynalite,
  floor: findFloor,
};

function findMoto(): Kind | undefined {
  const python = output('python3', ['-c', 'import moto.server, sys; print(sys.executable)'])?.trim();
  if (python === undefined) return undefined;
  return {
    name: 'moto',
    peer: true,
    enforces: false,
    services: ALL,
    command: (port) => [python, '-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
  };
}

/** Installed outside the project, once. */
function findDynalite(): Kind | undefined {
  const folder = join(tmpdir(), 'cloudyard-bench-peers');
  const main = join(folder, 'node_modules/dynalite/cli.js');
  if (!existsSync(main)) {
    mkdirSync(folder, { recursive: true });
    if (output('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', DYNALITE]) === undefined)
      return undefined;
  }
  if (!existsSync(main)) return undefined;
  return {
    name: 'dynalite',
    peer: true,
    enforces: false,
    services: ['dynamodb'],
    command: (port, data) => [process.execPath, main, '--port', String(port), '--path', join(data, 'db')],
  };
}

/** What Node's HTTP server costs by itself: no emulator in JavaScript over it can be below. */
function findFloor(): Kind {
  return {
    name: 'bare node:http',
    peer: true,
    enforces: false,
    services: ['dynamodb', 'edge'],
    command: (port) => [process.execPath, join(import.meta.dirname, 'floor.ts'), String(port)],
  };
}

function output(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
