/** Grok: texts read by the names of forms, `%{IP:client} %{WORD:verb}`. Source: CloudWatch Logs User Guide, "Supported grok patterns". */
import { DatePattern } from '../date-pattern.ts';
import { Regex } from '../regex/regex.ts';

/** A text that is no pattern. */
export class GrokError extends Error {
  override name = 'GrokError';
}

const MONTH =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)';
const DAY = '(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)';
const INT = '[+-]?\\d+';
const HOUR = '(?:2[0-3]|[01]?\\d)';
const MINUTE = '[0-5]\\d';
const SECOND = '(?:60|[0-5]?\\d)(?:[.:,]\\d+)?';
const TIME = `${HOUR}:${MINUTE}:${SECOND}`;
const MONTHNUM = '(?:0?[1-9]|1[0-2])';
const MONTHDAY = '(?:3[01]|[12]\\d|0?[1-9])';
const YEAR = '(?:\\d{4}|\\d\\d)';
const DATE_US = `${MONTHNUM}[/-]${MONTHDAY}[/-]${YEAR}`;
const DATE_EU = `${MONTHDAY}[./-]${MONTHNUM}[./-]${YEAR}`;
const DATE = `(?:${DATE_US}|${DATE_EU})`;
const TZ = '(?:[PMCE][SD]T|UTC)';
const ISO_ZONE = '(?:Z|[+-]\\d{1,2}:?\\d\\d)';
const IPV4 = '(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const HEXES = '[0-9A-Fa-f]{1,4}';
const IPV6 = `(?:(?:${HEXES}:){7}${HEXES}|[0-9A-Fa-f:]*::[0-9A-Fa-f:]*(?:${IPV4})?)`;
const IP = `(?:${IPV6}|${IPV4})`;
const HOST = '[0-9A-Za-z][0-9A-Za-z-]*(?:\\.[0-9A-Za-z][0-9A-Za-z-]*)*\\.?';
const IPORHOST = `(?:${IP}|${HOST})`;
const MACS = [
  '(?:[0-9A-Fa-f]{4}\\.){2}[0-9A-Fa-f]{4}',
  '(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}',
  '(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}',
];
const [CISCOMAC = '', WINDOWSMAC = '', COMMONMAC = ''] = MACS;
const URIPROTO = '[A-Za-z]+(?:\\+[A-Za-z+]+)?';
const URIPATH = "(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_-]*)+";
const URIPARAM = "\\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?<>\\[\\]-]*";
const UNIXPATH = '(?:/[\\w_%!$@:.,+~?&=-]*)+';
const WINPATH = '(?:[A-Za-z]:|\\\\)(?:\\\\[^\\\\?*\\s]*)+';
const PROG = '[\\w./%-]+';
const LEVELS = 'alert|trace|debug|notice|info|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|emerg(?:ency)?';

const FORMS: { readonly [name: string]: string } = {
  USERNAME: '[a-zA-Z0-9._-]+',
  USER: '[a-zA-Z0-9._-]+',
  INT,
  BASE10NUM: '[+-]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)',
  NUMBER: '[+-]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)',
  BASE16NUM: '[+-]?(?:0x)?[0-9A-Fa-f]+',
  POSINT: '[1-9]\\d*',
  NONNEGINT: '\\d+',
  WORD: '\\b\\w+\\b',
  NOTSPACE: '\\S+',
  SPACE: '\\s*',
  DATA: '.*?',
  GREEDYDATA: '.*',
  GREEDYDATA_MULTILINE: '[\\s\\S]*',
  QUOTEDSTRING: '(?:"(?:\\\\.|[^"\\\\])*"|\'(?:\\\\.|[^\'\\\\])*\')',
  UUID: '[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}',
  URN: "urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#%-]+",
  ARN: 'arn:(?:aws|aws-cn|aws-us-gov):[^:\\s]+:[^:\\s]*:\\d{12}:[^\\s/]+(?:/[^\\s/]+){0,4}',
  CISCOMAC,
  WINDOWSMAC,
  COMMONMAC,
  MAC: `(?:${MACS.join('|')})`,
  IPV6,
  IPV4,
  IP,
  HOSTNAME: HOST,
  HOST,
  IPORHOST,
  HOSTPORT: `${IPORHOST}:(?<PORT>\\d+)`,
  URIHOST: `${IPORHOST}(?::(?<port>\\d+))?`,
  UNIXPATH,
  WINPATH,
  PATH: `(?:${UNIXPATH}|${WINPATH})`,
  TTY: '/dev/(?:pts|tty(?:[pq])?)\\w*/?\\d*',
  URIPROTO,
  URIPATH,
  URIPARAM,
  URIPATHPARAM: `${URIPATH}(?:${URIPARAM})?`,
  URI: `${URIPROTO}://(?:[\\w.%-]+(?::[^@\\s]*)?@)?(?:${IPORHOST}(?::\\d+)?)?(?:${URIPATH}(?:${URIPARAM})?)?`,
  MONTH: `\\b${MONTH}\\b`,
  MONTHNUM,
  MONTHNUM2: '(?:0[1-9]|1[0-2])',
  MONTHDAY,
  YEAR,
  DAY,
  HOUR,
  MINUTE,
  SECOND,
  TIME,
  DATE_US,
  DATE_EU,
  ISO8601_TIMEZONE: ISO_ZONE,
  ISO8601_SECOND: SECOND,
  TIMESTAMP_ISO8601: `${YEAR}-${MONTHNUM}-${MONTHDAY}[T ]${HOUR}:?${MINUTE}(?::?${SECOND})?(?:${ISO_ZONE})?`,
  DATE,
  DATESTAMP: `${DATE}[ -]${TIME}`,
  TZ,
  DATESTAMP_RFC822: `${DAY} ${MONTH} ${MONTHDAY} ${YEAR} ${TIME} ${TZ}`,
  DATESTAMP_RFC2822: `${DAY}, ${MONTHDAY} ${MONTH} ${YEAR} ${TIME} ${ISO_ZONE}`,
  DATESTAMP_OTHER: `${DAY} ${MONTH} ${MONTHDAY} ${TIME} ${TZ} ${YEAR}`,
  DATESTAMP_EVENTLOG: `\\d{4}${'(?:0[1-9]|1[0-2])'}(?:3[01]|[12]\\d|0[1-9])${HOUR}${MINUTE}\\d\\d`,
  LOGLEVEL: `(?:${LEVELS.toUpperCase()}|${LEVELS.replace(/(^|\|)([a-z])/g, (_, bar: string, letter: string) => `${bar}${letter.toUpperCase()}`)}|${LEVELS})`,
  HTTPDATE: `${MONTHDAY}/${MONTH}/${YEAR}:${TIME} ${INT}`,
  SYSLOGTIMESTAMP: `${MONTH} +${MONTHDAY} ${TIME}`,
  PROG,
  SYSLOGPROG: `(?<program>${PROG})(?:\\[(?<pid>\\d+)\\])?`,
  SYSLOGHOST: `(?:${HOST}|${IP})`,
  SYSLOGFACILITY: '<(?<facility>\\d+)\\.(?<priority>\\d+)>',
};

/** Logs of programs, with the names of their fields. */
const LOGS: { readonly [name: string]: string } = {
  APACHE_ACCESS_LOG:
    '(?<remote_host>\\S+) \\S+ (?<auth_user>\\S+) \\[(?<timestamp>[^\\]]+)\\] "(?<http_method>\\w+) (?<request>\\S+)(?: HTTP/(?<http_version>[\\d.]+))?" (?<status_code>\\d+) (?<response_size>\\d+|-)',
  NGINX_ACCESS_LOG:
    '(?<remote_host>\\S+) - (?<auth_user>\\S+) \\[(?<timestamp>[^\\]]+)\\] "(?<http_method>\\w+) (?<request>\\S+)(?: HTTP/(?<http_version>[\\d.]+))?" (?<status_code>\\d+) (?<response_size>\\d+|-) "(?<referrer>[^"]*)" "(?<agent>[^"]*)"',
  SYSLOG5424:
    '<(?<pri>\\d{1,3})>(?<version>\\d{1,2}) (?<timestamp>\\S+) (?<hostname>\\S+) (?<app>\\S+) (?<process_id>\\S+) (?<msg_id>\\S+) (?:\\[(?<structured_data>[^\\]]*)\\]|-) ?(?<message>[^\\n]*)',
};
const NUMBERS = new Set(['status_code', 'response_size', 'pri', 'version']);

/** Forms together are longer than expressions that people write. */
const INSTRUCTIONS_MAX = 5_000;
/** Source: User Guide, "grok": how often patterns may stand in one. */
const PATTERNS_MAX = 20;
const SELDOM_MAX = 5;
const SELDOM = new Set([
  ...[
    'NOTSPACE',
    'SPACE',
    'DATA',
    'GREEDYDATA',
    'GREEDYDATA_MULTILINE',
    'ARN',
    'IPV6',
    'IP',
    'HOSTNAME',
    'HOST',
    'IPORHOST',
  ],
  ...['HOSTPORT', 'URIHOST', 'WINPATH', 'URIPARAM', 'URIPATHPARAM', 'URI', 'SYSLOGHOST'],
]);
/** Of these together there are no more either. */
const SHARED = new Set(['URI', 'URIPARAM', 'URIPATHPARAM', 'SPACE', 'DATA', 'GREEDYDATA', 'GREEDYDATA_MULTILINE']);
const AFTER_LOGS = new Set(['DATA', 'GREEDYDATA', 'GREEDYDATA_MULTILINE']);

type Use = { name: string; field: string | undefined };

/** A pattern that has been read. */
export type Grok = { regex: Regex; fields: readonly (readonly [group: string, path: string])[]; isLog: boolean };

const kept = new Map<string, Grok>();
const KEPT_MAX = 200;

/** Reads a pattern; those used lately are remembered. @throws {GrokError} */
export function readGrok(match: string): Grok {
  const known = kept.get(match);
  if (known !== undefined) return known;
  const uses: Use[] = [];
  const fields: [string, string][] = [];
  let form = '';
  let at = 0;
  for (const found of match.matchAll(/%\{([A-Z0-9_a-z]+)(?::([^}]*))?\}/g)) {
    const [whole, name = '', field] = found;
    const inner = LOGS[name] ?? FORMS[name];
    if (inner === undefined) throw new GrokError(`No definition for key '${name}' found`);
    if (field?.includes(':') === true) throw new GrokError('Grok patterns do not support type conversions.');
    form += match.slice(at, found.index);
    const group = `g${uses.length}`;
    if (field !== undefined && field !== '') fields.push([group, field]);
    form += field !== undefined && field !== '' ? `(?<${group}>${inner})` : `(?:${inner})`;
    for (const [, own = ''] of inner.matchAll(/\(\?<(\w+)>/g)) fields.push([own, own]);
    uses.push({ name, field });
    at = found.index + whole.length;
  }
  form += match.slice(at);
  checkUses(uses, match);
  const isLog = uses[0] !== undefined && uses[0].name in LOGS;
  const grok = { regex: new Regex(`^${form}`, '', INSTRUCTIONS_MAX), fields, isLog };
  if (kept.size >= KEPT_MAX) kept.clear();
  kept.set(match, grok);
  return grok;
}

function checkUses(uses: readonly Use[], match: string): void {
  if (uses.length === 0) throw new GrokError('The match has no grok pattern.');
  if (uses.length > PATTERNS_MAX) throw new GrokError(`At most ${PATTERNS_MAX} grok patterns are allowed.`);
  const countOf = (wanted: (name: string) => boolean) => uses.filter(({ name }) => wanted(name)).length;
  for (const { name } of uses)
    if (SELDOM.has(name) && countOf((one) => one === name) > (name === 'GREEDYDATA_MULTILINE' ? 1 : SELDOM_MAX))
      throw new GrokError(`Too many grok patterns of the type ${name}.`);
  if (countOf((name) => SHARED.has(name)) > SELDOM_MAX)
    throw new GrokError(
      `Grok patterns of the types ${[...SHARED].join(', ')} are allowed ${SELDOM_MAX} times together.`,
    );
  const logs = countOf((name) => name in LOGS);
  if (logs === 0) return;
  const [first, second] = uses;
  const fits =
    logs === 1 &&
    match.startsWith('%{') &&
    (first?.name ?? '') in LOGS &&
    uses.length <= 2 &&
    (second === undefined || AFTER_LOGS.has(second.name));
  if (!fits)
    throw new GrokError(
      'A common log pattern stands first, and only DATA, GREEDYDATA or GREEDYDATA_MULTILINE after it.',
    );
}

const HTTP_DATE = new DatePattern('dd/MMM/yyyy:HH:mm:ss Z');

/** What a pattern finds in a text, by paths; undefined where it does not fit. */
export function grokked({ regex, fields, isLog }: Grok, text: string): [path: string, value: unknown][] | undefined {
  const slots = regex.exec(text);
  if (slots === undefined) return undefined;
  return fields.flatMap(([group, path]): [string, unknown][] => {
    const index = regex.groups.indexOf(group);
    const [from, to] = [slots[2 * index], slots[2 * index + 1]];
    if (from === undefined || to === undefined) return [];
    const value = text.slice(from, to);
    if (!isLog || group.startsWith('g')) return [[path, unquoted(value)]];
    // What a log has no value for is a dash.
    if (value === '-') return [];
    if (NUMBERS.has(path)) return [[path, Number(value)]];
    const at = path === 'timestamp' ? HTTP_DATE.parse(value, 'UTC') : undefined;
    return [[path, at === undefined ? value : new Date(at).toISOString().replace('.000', '')]];
  });
}

/** Strings are shown without their quotation marks. */
function unquoted(value: string): string {
  return /^(["'])[\s\S]*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}
