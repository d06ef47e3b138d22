/** Clients of AWS's SDK that this machine lacks: code that only loads them runs, code that uses them is told which. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const SOURCES = {
  'index.cjs': `const sfn_1 = require('@aws-sdk/client-sfn');
    exports.handler = async ({ uses }) => (uses ? typeof new sfn_1.SFN({}) : 'loaded');`,
  'index.mjs': `import { SFNClient as Client, StartExecutionCommand } from '@aws-sdk/client-sfn';
    export const handler = async ({ uses }) => (uses ? typeof new Client({}) : \`loaded \${typeof StartExecutionCommand}\`);`,
};

for (const [name, source] of Object.entries(SOURCES))
  test(`a client that is not there, loaded by ${name}`, async () => {
    const given = bench.functionOf({ code: archive({ [name]: source }) });
    const loaded = await bench.invoke(given, { uses: false });
    assert.match(String(loaded.value), /^loaded/, JSON.stringify(loaded.value));
    const used = await bench.invoke(given, { uses: true });
    assert.match(String(used.value.errorMessage), /^@aws-sdk\/client-sfn is not on this machine\. Install it/);
  });
