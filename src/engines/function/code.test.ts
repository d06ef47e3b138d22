import assert from 'node:assert/strict';
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zipSync } from 'fflate';
import { CodeError, type FunctionCode } from '#kernel/contract';
import { CodeFolders } from './code.ts';

const root = mkdtempSync(join(tmpdir(), 'code-'));
after(() => rmSync(root, { recursive: true }));
const LINK = 0o120777;

/** An archive whose only entry is a link. */
function linkTo(target: string): FunctionCode {
  const zip = zipSync({ 'folder/link': [Buffer.from(target), { os: 3, attrs: (LINK << 16) >>> 0 }] });
  return {
    sha256: Buffer.from(target).toString('base64'),
    open: async function* () {
      yield zip;
    },
  };
}

test('links stay in their folder, and reach none whose name begins like its own', async () => {
  // What is unpacked first is so in .partial-<pid>-1.
  const own = `../../.partial-${process.pid}-1`;
  for (const target of ['../..', '../../.outside', '../../../outside', `${own}0`, `${own}-other/secret`])
    await assert.rejects(
      new CodeFolders(root).folder(linkTo(target)),
      (error) => error instanceof CodeError && error.message === 'a link leaves the folder',
      target,
    );
  for (const target of ['..', '../other', 'beside', '../folder/../x', own])
    assert.equal(readlinkSync(join(await new CodeFolders(root).folder(linkTo(target)), 'folder/link')), target);
});
