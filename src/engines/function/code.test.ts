import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type AsyncZippableFile, zipSync } from 'fflate';
import { CodeError, type FunctionCode } from '#kernel/contract';
import { CodeFolders } from './code.ts';

const root = mkdtempSync(join(tmpdir(), 'code-'));
after(() => rmSync(root, { recursive: true }));
const LINK = 0o120777;

/** An archive whose only entry is a link. */
const linkTo = (target: string) => linksTo({ 'folder/link': target });

function linksTo(targets: { [name: string]: string }): FunctionCode {
  const links = Object.entries(targets).map(([name, target]): [string, AsyncZippableFile] => [
    name,
    [Buffer.from(target), { os: 3, attrs: (LINK << 16) >>> 0 }],
  ]);
  const zip = zipSync(Object.fromEntries(links));
  return {
    sha256: Buffer.from(Object.values(targets).join(' ')).toString('base64'),
    open: async function* () {
      yield zip;
    },
  };
}

test('links stay in their folder, and reach none whose name begins like its own', async () => {
  // What is unpacked first is so in a folder called 2; the first was its archive's.
  const own = '../../1';
  for (const target of ['../..', '../../.outside', '../../../outside', `${own}0`, `${own}-other/secret`])
    await assert.rejects(
      new CodeFolders(root).folder(linkTo(target)),
      (error) => error instanceof CodeError && error.message === 'a link leaves the folder',
      target,
    );
  for (const target of ['..', '../other', 'beside', '../folder/../x', own])
    assert.equal(readlinkSync(join(await new CodeFolders(root).folder(linkTo(target)), 'folder/link')), target);
});

test('a link leads out by no other link, and into itself', async () => {
  await assert.rejects(
    new CodeFolders(root).folder(linksTo({ here: '.', out: 'here/..' })),
    (error) => error instanceof CodeError && error.message === 'a link leaves the folder',
  );
  const folder = await new CodeFolders(root).folder(linksTo({ a: 'b', b: 'a', there: 'none' }));
  assert.equal(readlinkSync(join(folder, 'a')), 'b');
});

test('layers that could not be put together once are put together the next time', async () => {
  const folders = new CodeFolders(root);
  const [one, other] = [linksTo({ one: 'x' }), linksTo({ other: 'y' })];
  let isThere = false;
  const late: FunctionCode = {
    ...(other as Extract<FunctionCode, { sha256: string }>),
    open() {
      if (!isThere) throw new Error('not yet');
      return (other as Extract<FunctionCode, { sha256: string }>).open();
    },
  };
  await assert.rejects(folders.merged([one, late]), /not yet/);
  isThere = true;
  assert.deepEqual(readdirSync(await folders.merged([one, late])).toSorted(), ['one', 'other']);
});

test('what is unpacked goes when its function has gone or nobody uses it, but not under an environment', async () => {
  const own = mkdtempSync(join(tmpdir(), 'code-'));
  after(() => rmSync(own, { recursive: true }));
  const folders = new CodeFolders(own);
  const files = (code: FunctionCode, layers: FunctionCode[] = []) => ({ code, layers });
  const [kept, changed, old, layer, cover] = ['kept', 'changed', 'old', 'layer', 'cover'].map((to) =>
    linksTo({ [to]: to }),
  );
  if (!kept || !changed || !old || !layer || !cover) throw new Error('five');
  const isThere = async (code: FunctionCode) => existsSync(await folders.folder(code));
  const paths = await Promise.all([kept, changed, old].map((code) => folders.folder(code)));
  paths.push(await folders.merged([layer, cover]));
  const there = () => paths.map((path) => existsSync(path));
  const release = folders.hold(files(changed, [layer, cover]));
  const releaseOther = folders.hold(files(changed));
  folders.discard(files(changed, [layer, cover]));
  const longAgo = new Date('2020-01-01');
  for (const path of [paths[2] ?? '', paths[3] ?? '']) utimesSync(path, longAgo, longAgo);
  await folders.tidy();
  assert.deepEqual(there(), [true, true, false, true]);
  release();
  await folders.tidy();
  assert.deepEqual(there(), [true, true, false, false]);
  releaseOther();
  await folders.tidy();
  assert.deepEqual(there(), [true, false, false, false]);
  assert.deepEqual(await Promise.all([changed, old].map(isThere)), [true, true]);
});

test('what an earlier process has left half done goes, what is being made stays', async () => {
  const own = mkdtempSync(join(tmpdir(), 'code-'));
  after(() => rmSync(own, { recursive: true }));
  mkdirSync(join(own, '.partial-1-1/folder'), { recursive: true });
  mkdirSync(join(own, 'bootstraps-java21'));
  const folders = new CodeFolders(own);
  const made = folders.folder(linksTo({ a: 'b' }));
  await folders.tidy();
  assert.deepEqual(readdirSync(await made), ['a']);
  const left = readdirSync(own).filter((name) => name === '.partial-1-1' || name.startsWith('bootstraps'));
  assert.deepEqual(left, ['bootstraps-java21']);
});
