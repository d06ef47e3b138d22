import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACTIONS } from './actions.ts';

type Table = { actions: { [name: string]: { resources?: string[] } } };
const TABLE = join(import.meta.dirname, '../../../../models/iam/s3.json');
/** Of before. */
const OLD = ['listbucketbytags', 'getipconfiguration', 'putipconfiguration', 'headbucket'];

test("the actions are those of AWS's own table", () => {
  const { actions } = JSON.parse(readFileSync(TABLE, 'utf8')) as Table;
  const kindOf = (resources: readonly string[] = []) =>
    (['object', 'bucket'] as const).find((kind) => resources.some((one) => one.replace('*', '') === kind));
  const wanted = Object.entries(actions).map(([name, { resources }]) => {
    const kind = kindOf(resources);
    return [name.toLowerCase(), kind === 'object' ? 'key' : (kind ?? 'other')] as const;
  });
  const found = [...ACTIONS].filter(([name]) => !OLD.includes(name));
  assert.deepEqual(Object.fromEntries(found.sort()), Object.fromEntries(wanted.sort()));
});
