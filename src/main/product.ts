/** Which Cloudyard this is. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

let version: string | undefined;

/** The version of the package. */
export function productVersion(): string {
  if (version === undefined) {
    const file = findPackageJSON('.', import.meta.url);
    version = file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  return version;
}
