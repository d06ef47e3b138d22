/** Environment variables that would lead a client past the cloud: to the real AWS, to a proxy, or into an error. */
import type { Finding } from './finding.ts';

type Environment = { readonly [name: string]: string | undefined };

const CHECK = 'Client environment';
const EVAL = 'eval "$(cloudyard env)" sets everything.';

/** What of this shell's environment AWS clients would obey. */
export function checkClientEnvironment(env: Environment, url: string): Finding[] {
  const findings = [
    ...endpointFindings(env, url),
    ...ignoredFindings(env),
    ...credentialFindings(env),
    ...proxyFindings(env, url),
  ];
  return findings.length > 0 ? findings : [{ check: CHECK, outcome: 'ok', text: `AWS clients go to ${url}` }];
}

function endpointFindings(env: Environment, url: string): Finding[] {
  const given = env.AWS_ENDPOINT_URL;
  const findings: Finding[] = [];
  if (given === undefined || given === '')
    findings.push({
      check: CHECK,
      outcome: 'warn',
      text: 'AWS_ENDPOINT_URL is not set: clients of this shell go to the real AWS',
      todo: EVAL,
    });
  else if (!sameServer(given, url))
    findings.push({
      check: CHECK,
      outcome: isLocal(given) ? 'warn' : 'fail',
      text: `AWS_ENDPOINT_URL leads to ${given}, not to ${url}`,
      todo: EVAL,
    });
  for (const [name, value] of Object.entries(env))
    if (name.startsWith('AWS_ENDPOINT_URL_') && value !== undefined && value !== '' && !sameServer(value, url))
      findings.push({
        check: CHECK,
        outcome: isLocal(value) ? 'warn' : 'fail',
        text: `${name} leads this one service to ${value}`,
        todo: `unset ${name}`,
      });
  return findings;
}

/** Settings that make clients ignore the endpoint or refuse it. */
function ignoredFindings(env: Environment): Finding[] {
  const findings: Finding[] = [];
  if (isTrue(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS))
    findings.push({
      check: CHECK,
      outcome: 'fail',
      text: 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS makes clients ignore AWS_ENDPOINT_URL and go to the real AWS',
      todo: 'unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    });
  for (const name of ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'])
    if (isTrue(env[name]))
      findings.push({
        check: CHECK,
        outcome: 'warn',
        text: `${name} makes clients refuse an endpoint of one's own`,
        todo: `unset ${name}`,
      });
  return findings;
}

function credentialFindings(env: Environment): Finding[] {
  const findings: Finding[] = [];
  if (/^A(KIA|SIA)/.test(env.AWS_ACCESS_KEY_ID ?? ''))
    findings.push({
      check: CHECK,
      outcome: 'warn',
      text: `AWS_ACCESS_KEY_ID holds ${env.AWS_ACCESS_KEY_ID?.slice(0, 4)}…, which may be a real key`,
      todo: `If it is not one of this cloud: ${EVAL}`,
    });
  if (env.AWS_PROFILE !== undefined && env.AWS_PROFILE !== '')
    findings.push({
      check: CHECK,
      outcome: 'warn',
      text: `AWS_PROFILE is '${env.AWS_PROFILE}', whose keys and endpoint may win over this shell’s`,
      todo: 'unset AWS_PROFILE',
    });
  return findings;
}

function proxyFindings(env: Environment, url: string): Finding[] {
  const proxy = env.HTTP_PROXY ?? env.http_proxy;
  const { hostname } = new URL(url);
  const direct = (env.NO_PROXY ?? env.no_proxy ?? '').split(',').map((one) => one.trim());
  if (proxy === undefined || proxy === '' || direct.includes('*') || direct.includes(hostname)) return [];
  return [
    {
      check: CHECK,
      outcome: 'warn',
      text: `HTTP_PROXY is ${proxy}: clients ask it for ${hostname}`,
      todo: `export NO_PROXY=${[...direct.filter((one) => one !== ''), hostname].join(',')}`,
    },
  ];
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

function sameServer(a: string, b: string): boolean {
  const [one, two] = [URL.parse(a), URL.parse(b)];
  return one !== null && two !== null && one.port === two.port && isLocal(a) && isLocal(b);
}

function isLocal(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/.test(URL.parse(url)?.hostname ?? '');
}
