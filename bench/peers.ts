/** The servers that are compared: Cloudyard itself, and the peers this machine has. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
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
  'dynamodb-local': findDynamoLocal,
  elasticmq: findElasticMq,
  versitygw: findVersity,
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

/** AWS's own, in memory. */
function findDynamoLocal(): Kind | undefined {
  const jars = findJars('dynamodb-local', 'com.amazonaws:DynamoDBLocal:2.5.2');
  if (jars === undefined) return undefined;
  const main = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
  return {
    name: 'DynamoDB Local',
    peer: true,
    enforces: false,
    services: ['dynamodb'],
    command: (port) => {
      const options = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)];
      return ['java', `-Djava.library.path=${jars}`, '-cp', `${jars}/*`, main, ...options];
    },
  };
}

function findElasticMq(): Kind | undefined {
  const jars = findJars('elasticmq', 'org.elasticmq:elasticmq-server_3:1.7.1');
  if (jars === undefined) return undefined;
  return {
    name: 'ElasticMQ',
    peer: true,
    enforces: false,
    services: ['sqs'],
    command: (port) => {
      const settings = { 'rest-sqs.bind-port': port, 'node-address.port': port, 'rest-stats.enabled': false };
      const given = Object.entries({
        ...settings,
        'rest-sqs.bind-hostname': '127.0.0.1',
        'aws.accountId': '123456789012',
      });
      return [
        'java',
        ...given.map(([name, value]) => `-D${name}=${value}`),
        '-cp',
        `${jars}/*`,
        'org.elasticmq.server.Main',
      ];
    },
  };
}

/** An S3 server in Go over a folder, which checks signatures; building it takes minutes, so it is used where it is: on the path, or among the other peers. */
function findVersity(): Kind | undefined {
  const program = ['versitygw', join(tmpdir(), 'cloudyard-bench-peers/versitygw')].find(
    (place) => output(place, ['--version']) !== undefined,
  );
  if (program === undefined) return undefined;
  return {
    name: 'versitygw',
    peer: true,
    enforces: true,
    services: ['s3'],
    command: (port, folder) => [
      program,
      ...['--port', `127.0.0.1:${port}`, '--access', '123456789012', '--secret', 'test', '--quiet'],
      ...['posix', '--nometa', folder],
    ],
  };
}

/** A server from Maven's repository with what it needs, brought outside the project, once; `artifact` as `group:artifact:version`. */
function findJars(name: string, artifact: string): string | undefined {
  const folder = join(tmpdir(), 'cloudyard-bench-peers', name);
  const jars = join(folder, 'jars');
  if (existsSync(jars)) return jars;
  const [groupId, artifactId, version] = artifact.split(':');
  const wanted = `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'pom.xml'),
    `<project><modelVersion>4.0.0</modelVersion><groupId>peer</groupId><artifactId>peer</artifactId><version>1</version><dependencies>${wanted}</dependencies></project>`,
  );
  const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
  return output('mvn', ['-q', '-B', '-f', join(folder, 'pom.xml'), ...copy]) === undefined ? undefined : jars;
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
