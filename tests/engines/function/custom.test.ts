import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

const SHELL = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  head=$(mktemp)
  event=$(curl -sS -D "$head" "$api/invocation/next")
  id=$(grep -i lambda-runtime-aws-request-id "$head" | tr -d '[:space:]' | cut -d: -f2)
  echo "shell saw $event" >&2
  curl -sS -X POST "$api/invocation/$id/response" -d "{\\"event\\":$event,\\"handler\\":\\"$_HANDLER\\",\\"tmp\\":\\"$(ls /tmp | wc -l)\\"}" > /dev/null
done
`;

test('a runtime of its own: a shell script that speaks the Runtime API', {
  skip: has('curl', '--version') ? false : 'needs curl',
}, async () => {
  const spec = bench.functionOf({
    runtime: 'provided.al2023',
    handler: 'what.ever',
    code: archive({ bootstrap: { text: SHELL, mode: 0o755 } }),
  });
  const { value, tail } = await bench.invoke(spec, { a: 1 });
  assert.deepEqual([value.event, value.handler], [{ a: 1 }, 'what.ever']);
  assert.match(tail, /shell saw \{"a":1\}/);
  assert.deepEqual((await bench.invoke(spec, { a: 2 })).value.event, { a: 2 });
});

const NAMES = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
curl -sS -D /tmp/head "$api/invocation/next" > /dev/null
id=$(grep -i lambda-runtime-aws-request-id /tmp/head | tr -d '[:space:]' | cut -d: -f2)
curl -sS -X POST "$api/invocation/$id/response" -d '"'"$(grep -io '^lambda-runtime[^:]*' /tmp/head | sort | tr '\\n' ' ')"'"' > /dev/null
sleep 60
`;

test('the Runtime API’s headers have AWS’s own capitals, by which alone Amazon.Lambda.RuntimeSupport knows them', {
  skip: has('curl', '--version') ? false : 'needs curl',
}, async () => {
  const code = archive({ bootstrap: { text: NAMES, mode: 0o755 } });
  const { value } = await bench.invoke(bench.functionOf({ runtime: 'provided.al2023', handler: 'x', code }));
  assert.equal(
    value,
    'Lambda-Runtime-Aws-Request-Id Lambda-Runtime-Deadline-Ms Lambda-Runtime-Invoked-Function-Arn Lambda-Runtime-Trace-Id ',
  );
});

test('without a bootstrap, or with one that is no program, the call says so', async () => {
  const missing = await bench.invoke(
    bench.functionOf({ runtime: 'provided.al2023', handler: 'x', code: archive({ 'other.txt': '' }) }),
  );
  assert.equal(missing.value.errorType, 'Runtime.InvalidEntrypoint');
  const plain = await bench.invoke(
    bench.functionOf({ runtime: 'provided.al2023', handler: 'x', code: archive({ bootstrap: SHELL }) }),
  );
  assert.equal(plain.value.errorType, 'Runtime.InvalidEntrypoint');
});

const GO = `package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(api + "next")
		if err != nil {
			os.Exit(1)
		}
		event, _ := io.ReadAll(next.Body)
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		answer := fmt.Sprintf("{\\"go\\":%s}", event)
		http.Post(api+id+"/response", "application/json", bytes.NewBufferString(answer))
	}
}
`;

test('a program built by Go', { skip: has('go', 'version') ? false : 'needs Go' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-go-'));
  try {
    writeFileSync(join(folder, 'main.go'), GO);
    execFileSync('go', ['build', '-o', 'bootstrap', 'main.go'], {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: '0', GO111MODULE: 'off' },
    });
    const code = archive({ bootstrap: { text: readFileSync(join(folder, 'bootstrap')), mode: 0o755 } });
    const { value } = await bench.invoke(bench.functionOf({ runtime: 'provided.al2', handler: 'x', code }), { a: 1 });
    assert.deepEqual(value, { go: { a: 1 } });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
