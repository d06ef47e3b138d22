/** Parts of the command line that need no process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkNode } from '#cli/doctor-checks';
import { checkClientEnvironment } from '#cli/doctor-environment';
import { parseDuration, showDuration } from '#cli/duration';

test('durations', () => {
  assert.equal(parseDuration('90d'), 90 * 86_400_000);
  assert.equal(parseDuration('1d12h'), 129_600_000);
  assert.equal(parseDuration('250ms'), 250);
  assert.equal(parseDuration('1.5h'), 5_400_000);
  for (const text of ['', '5', 'd', '5 d', '-5d', '5days', '5d!'])
    assert.throws(() => parseDuration(text), /is no duration/, text);
  assert.equal(showDuration(0), '0s');
  assert.equal(showDuration(90_061_000), '1d 1h');
});

test('doctor knows what would lead a client to the real AWS', () => {
  const url = 'http://localhost:4566';
  const good = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_ACCESS_KEY_ID: 'test' };
  const outcomes = (env: Record<string, string>) =>
    checkClientEnvironment(env, url).map(({ outcome, text }) => `${outcome} ${text}`);
  assert.deepEqual(outcomes(good), [`ok AWS clients go to ${url}`]);
  for (const [env, wanted] of [
    [{}, /^warn AWS_ENDPOINT_URL is not set/],
    [{ AWS_ENDPOINT_URL: 'https://sqs.us-east-1.amazonaws.com' }, /^fail AWS_ENDPOINT_URL leads to/],
    [{ AWS_ENDPOINT_URL: 'http://localhost:9' }, /^warn AWS_ENDPOINT_URL leads to/],
    [{ ...good, AWS_ENDPOINT_URL_S3: 'https://s3.amazonaws.com' }, /^fail AWS_ENDPOINT_URL_S3 leads/],
    [{ ...good, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, /^fail AWS_IGNORE/],
    [{ ...good, AWS_USE_FIPS_ENDPOINT: 'true' }, /^warn AWS_USE_FIPS/],
    [{ ...good, AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' }, /^warn AWS_ACCESS_KEY_ID holds AKIA…/],
    [{ ...good, AWS_PROFILE: 'work' }, /^warn AWS_PROFILE/],
    [{ ...good, HTTP_PROXY: 'http://proxy:3128' }, /^warn HTTP_PROXY/],
  ] as const) {
    const [found, ...more] = outcomes(env as Record<string, string>);
    assert.match(found ?? '', wanted);
    assert.deepEqual(more, []);
  }
  assert.deepEqual(outcomes({ ...good, HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'x, localhost' }).length, 1);
});

test('doctor knows which Node.js is too old', () => {
  assert.equal(checkNode('v24.0.0').outcome, 'ok');
  assert.equal(checkNode('v22.20.1').outcome, 'fail');
});
