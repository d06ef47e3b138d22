/** What doctor looks at on this machine: Node.js, the port, the folder, the disk, the clock, names. */

import { lookup } from 'node:dns/promises';
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MIB } from '#kernel/base';
import { FORMAT_VERSION, readFormat, readRunning } from '#main/folder';
import { ask, type Endpoint, isAlive } from './admin-client.ts';
import { showDuration } from './duration.ts';
import type { Finding } from './finding.ts';
import type { Health } from './status.ts';
import { CommandError } from './usage.ts';

const NODE_MAJOR_MIN = 24;
const SPACE_LOW = 1_024 * MIB;
const SPACE_NONE = 64 * MIB;
/** AWS refuses requests that are signed further off than 15 minutes; what is off by less hardly matters. */
const SKEW_MAX = 60_000;

/** Whether this Node.js is new enough. */
export function checkNode(version: string): Finding {
  const check = 'Node.js';
  if (Number(/^v(\d+)/.exec(version)?.[1]) >= NODE_MAJOR_MIN) return { check, outcome: 'ok', text: version };
  return {
    check,
    outcome: 'fail',
    text: `${version} is too old`,
    todo: `Install ${NODE_MAJOR_MIN} or later from https://nodejs.org.`,
  };
}

/** Who answers at the endpoint, and what its clock shows beside the machine's. */
export async function checkCloud(endpoint: Endpoint): Promise<Finding[]> {
  const check = 'Cloud';
  const { url } = endpoint;
  try {
    const health = await ask<Health>(endpoint, 'GET', 'health');
    return [
      { check, outcome: 'ok', text: `Cloudyard ${health.version} answers at ${url} (process ${health.pid})` },
      checkSkew(health),
    ];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.code === 'not-running')
      return [{ check, outcome: 'ok', text: `nothing runs at ${url}; the port is free for 'cloudyard start'` }];
    return [
      {
        check,
        outcome: 'fail',
        text: `something else answers at ${url}: ${error.message}`,
        todo: 'Stop what listens there, or give the cloud another port: cloudyard start --port 4567.',
      },
    ];
  }
}

function checkSkew({ clock }: Health): Finding {
  const check = 'Clock';
  const skew = Date.parse(clock.now) - Date.now();
  if (clock.running && clock.scale === 1 && Math.abs(skew) <= SKEW_MAX)
    return { check, outcome: 'ok', text: 'the cloud’s time is the machine’s' };
  const off = `${showDuration(Math.abs(skew))} ${skew < 0 ? 'behind' : 'ahead of'} the machine`;
  const state = clock.running ? off : `${off}, and stands still`;
  return {
    check,
    outcome: clock.mode === 'virtual' ? 'ok' : 'warn',
    text: `the cloud’s time is ${clock.now}, ${state}`,
    ...(clock.mode === 'real' && {
      todo: 'If you did not turn it on purpose, start a cloud with another folder (--data): this one goes on from here.',
    }),
  };
}

/** Whether the state can be written, who has it, and whether this Cloudyard can read it. */
export function checkFolder(folder: string): Finding[] {
  const check = 'Data folder';
  const path = resolve(folder);
  const broken = writeProblem(path);
  if (broken !== undefined)
    return [
      {
        check,
        outcome: 'fail',
        text: broken,
        todo: 'Make it a folder you can write to, or choose another with --data.',
      },
    ];
  if (!existsSync(path)) return [{ check, outcome: 'ok', text: `${path} is made at the first start` }];
  const format = readFormat(path);
  const running = readRunning(path);
  const used =
    running === undefined
      ? ''
      : isAlive(running.pid)
        ? `, in use at ${running.url}`
        : '; its last cloud was killed, which loses nothing';
  if (format === undefined || format <= FORMAT_VERSION)
    return [{ check, outcome: 'ok', text: `${path}, format ${format ?? FORMAT_VERSION}${used}` }];
  return [
    {
      check,
      outcome: 'fail',
      text: Number.isNaN(format)
        ? `${path}/FORMAT does not hold a version`
        : `${path} has format ${format}, this Cloudyard reads up to ${FORMAT_VERSION}`,
      todo: 'Upgrade Cloudyard, restore the folder from a copy, or choose another with --data.',
    },
  ];
}

function writeProblem(path: string): string | undefined {
  const there = nearest(path);
  if (!statSync(there).isDirectory()) return `${there} is no folder`;
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return `${there} can't be written to`;
  }
}

/** The path, or the folder above it that exists. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

/** Whether the disk has room. */
export function checkSpace(folder: string): Finding {
  const check = 'Disk';
  const { bavail, bsize } = statfsSync(nearest(resolve(folder)));
  const free = bavail * bsize;
  const text = `${Math.floor(free / MIB).toLocaleString('en')} MiB free`;
  if (free >= SPACE_LOW) return { check, outcome: 'ok', text };
  return {
    check,
    outcome: free < SPACE_NONE ? 'fail' : 'warn',
    text,
    todo: 'Free some, or put the state elsewhere with --data. Writes that find no room fail and leave nothing half done.',
  };
}

/** Whether bucket names in the host name lead here, as clients use them by default. */
export async function checkDns(endpoint: Endpoint): Promise<Finding> {
  const check = 'Bucket host names';
  const host = `bucket.s3.${new URL(endpoint.url).hostname}`;
  try {
    const { address } = await lookup(host);
    if (/^(127\.|::1$)/.test(address)) return { check, outcome: 'ok', text: `${host} is ${address}` };
    return { check, outcome: 'warn', text: `${host} is ${address}, not this machine`, todo: PATH_STYLE };
  } catch {
    return { check, outcome: 'warn', text: `${host} is not found by this machine’s resolver`, todo: PATH_STYLE };
  }
}

const PATH_STYLE =
  'Clients that put bucket names in the host name need path style: give them 127.0.0.1 instead of localhost, which is enough for most; or forcePathStyle in the JavaScript SDK, addressing_style = path for the AWS CLI and boto3.';
