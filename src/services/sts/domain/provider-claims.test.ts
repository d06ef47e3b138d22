import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { keysOf, lastingKeys } from './claims.ts';

test('claims of a shared provider are keys of its trust, not of its sessions', () => {
  const claims = { aud: 'sts.amazonaws.com', sub: 's', repository: 'o/r', actor: 'ann', project_id: '7' };
  const github = 'token.actions.githubusercontent.com';
  const keys = keysOf(claims, github, 'sts.amazonaws.com');
  deepEqual(keys, {
    [`${github}:aud`]: 'sts.amazonaws.com',
    [`${github}:sub`]: 's',
    [`${github}:actor`]: 'ann',
    [`${github}:repository`]: 'o/r',
  });
  deepEqual(Object.keys(lastingKeys(keys)).sort(), [`${github}:aud`, `${github}:sub`]);
  deepEqual(Object.keys(keysOf(claims, 'gitlab.com', 'a')).sort(), [
    'gitlab.com:aud',
    'gitlab.com:project_id',
    'gitlab.com:sub',
  ]);
  deepEqual(Object.keys(keysOf(claims, 'example.com', 'a')).sort(), ['example.com:aud', 'example.com:sub']);
});
