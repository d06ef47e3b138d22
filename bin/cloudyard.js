#!/usr/bin/env node
// The command `cloudyard`. Plain JavaScript of an old dialect, so that an old Node.js can say what it lacks.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Cloudyard needs Node.js 24 or later; this is ${process.version}. Let npm bring a newer one:

  npx --package node@24 --package cloudyard cloudyard start

or install it (https://nodejs.org). In a clone of the repository 'npm start' brings its own.`,
  );
  process.exit(1);
}
const { enableCompileCache } = await import('node:module');
enableCompileCache();
// The published package holds compiled files, a clone the sources.
const { existsSync } = await import('node:fs');
const compiled = new URL('../src/cli/main.js', import.meta.url);
await import(existsSync(compiled) ? compiled.href : new URL('../src/cli/main.ts', import.meta.url).href);
