/** As whom functions run: as on AWS the user sbx_user1051, who has no rights and writes nowhere but in /tmp. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { machineLimits } from '#engines/function/sandbox';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const { namespaces } = await machineLimits();
const skip = namespaces ? false : 'functions have no rooms of their own here';

/** What a shell in the room says. */
const LOOK = `
  id; whoami; umask; echo "home:$HOME"; pwd
  stat -c '%a %u %g' /tmp; echo x > /tmp/file && stat -c '%a %u %g' /tmp/file
  grep -E '^(Cap|NoNewPrivs)' /proc/self/status
  for place in / /etc /usr /home /root /var /var/task /var/runtime /opt /dev/shm /sys/fs/cgroup ${import.meta.dirname}; do
    [ -d "$place" ] && touch "$place/written" 2> /dev/null && echo "wrote to $place"
  done
  cat /proc/sys/kernel/core_pattern > /tmp/pattern; cp /tmp/pattern /proc/sys/kernel/core_pattern 2> /dev/null && echo 'set the pattern of cores'
  mount -o remount,bind,rw /var/task 2> /dev/null && echo 'mounted'
  unshare --user --map-root-user --mount sh -c 'mount -o remount,bind,rw /. && touch /written' 2> /dev/null && echo 'mounted in a name space'
  true`;
const SAID = [
  'uid=993(sbx_user1051) gid=990 groups=990',
  'sbx_user1051',
  '0022',
  'home:',
  '/var/task',
  '700 993 990',
  '644 993 990',
  ...['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name}:\t0000000000000000`),
  'NoNewPrivs:\t1',
  '',
];

const FUNCTIONS = {
  'nodejs24.x': {
    'index.mjs': `import { execFileSync } from 'node:child_process'; import { userInfo } from 'node:os';
      export const handler = async ({ look }) => [userInfo().username, execFileSync('sh', ['-c', look]).toString()];`,
  },
  'python3.12': {
    'index.py': `import getpass, subprocess
def handler(event, context):
    return [getpass.getuser(), subprocess.run(["sh", "-c", event["look"]], capture_output=True, text=True).stdout]
`,
  },
  'ruby3.3': {
    'index.rb': `require 'etc'
def handler(event:, context:)
  [Etc.getpwuid.name, IO.popen(['sh', '-c', event['look']]).read]
end
`,
  },
};

for (const [runtime, files] of Object.entries(FUNCTIONS)) {
  test(`functions of ${runtime} are a user without rights`, { skip }, async (t) => {
    const fault = await bench.engine.runtimeFault(runtime);
    if (fault !== undefined) return t.skip(fault);
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
    const spec = () => bench.functionOf({ runtime, code: archive(files) });
    // The first one's process has waited for it; the others begin with their function.
    for (const function_ of [spec(), { ...spec(), environment: { LC_ALL: 'C' } }, { ...spec(), storage: 600 }]) {
      const { value } = await bench.invoke(function_, { look: LOOK });
      assert.equal(value[0], 'sbx_user1051');
      assert.deepEqual(String(value[1]).split('\n'), SAID);
    }
    assert.equal(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'), before);
  });
}

test('what only its owner may read in an archive can be read, and what its owner may run can be run', {
  skip,
}, async () => {
  const bootstrap = `#!/bin/sh
url="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  headers=$(mktemp)
  curl -sS -D "$headers" "$url/next" > /dev/null
  id=$(grep -i lambda-runtime-aws-request-id "$headers" | tr -d '\\r' | cut -d' ' -f2)
  curl -sS "$url/$id/response" -d "\\"$(cat private) $(./run) $(id -u)\\"" > /dev/null
done
`;
  const code = archive({
    bootstrap: { text: bootstrap, mode: 0o700 },
    private: { text: 'secret', mode: 0o600 },
    run: { text: '#!/bin/sh\necho ran', mode: 0o700 },
  });
  const { value } = await bench.invoke(bench.functionOf({ runtime: 'provided.al2023', code }));
  assert.equal(value, 'secret ran 993' as unknown);
});

test('a folder of whoever runs the cloud is read with their rights', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-own-'));
  try {
    writeFileSync(
      join(folder, 'index.mjs'),
      `import { readFileSync } from 'node:fs'; import { userInfo } from 'node:os';
      export const handler = async () => [userInfo().username, readFileSync('/var/task/private', 'utf8')];`,
    );
    writeFileSync(join(folder, 'private'), 'own', { mode: 0o600 });
    const { value } = await bench.invoke(bench.functionOf({ code: { folder } }));
    assert.deepEqual(value, ['sbx_user1051', 'own']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
