/** The list of objects that a job works through; a version id that is there but empty fails the task. Source: S3 User Guide, "Specifying a manifest". */
import { safeDecode } from '#kernel/base';
import type { TaskRow } from '../state.ts';

export type Listed = Pick<TaskRow, 'bucket' | 'key' | 'versionId'>;

/** The format of a manifest that is an inventory's. */
export const INVENTORY = 'S3InventoryReport_CSV_20161130';

/**
 * Reads a manifest of CSV; keys in it are URL-encoded.
 *
 * @returns undefined for lines that have other columns than `fields`
 */
export function readManifest(text: string, fields: readonly string[]): Listed[] | undefined {
  const listed: Listed[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const cells = cellsOf(line);
    const cell = (field: 'Bucket' | 'Key' | 'VersionId') => cells[fields.indexOf(field)];
    const [bucket, key, versionId] = [cell('Bucket'), cell('Key'), cell('VersionId')];
    if (cells.length !== fields.length || bucket === undefined || key === undefined) return undefined;
    listed.push({
      bucket,
      key: safeDecode(key.replaceAll('+', ' ')),
      ...(versionId !== undefined && { versionId }),
    });
  }
  return listed;
}

/** Cells of a line, in quotes or not; a quote inside of quotes is written twice. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
