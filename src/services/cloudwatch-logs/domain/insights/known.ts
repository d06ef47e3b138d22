/** Fields that are discovered in lines that are no JSON: of flow logs, of DNS query logs, and of JSON within the lines of a Lambda function. */

/** Source: User Guide, "Supported logs and discovered fields". */
const FLOW =
  'version accountId interfaceId srcAddr dstAddr srcPort dstPort protocol packets bytes startTime endTime action logStatus'.split(
    ' ',
  );
const DNS_QUERY =
  'version queryTimestamp hostZoneId queryName queryType responseCode protocol edgeLocation resolverIp ednsClientSubnet'.split(
    ' ',
  );
/** Longer lines are of neither. */
const LINE_MAX = 1_000;

/** A line of a flow log of the default format, or of Route 53's query log, as a document; null where it is neither. */
export function knownLine(message: string): { [field: string]: string } | null {
  if (message.length > LINE_MAX) return null;
  const words = message.trimEnd().split(' ');
  if (isFlow(words)) return named(FLOW, words);
  return isDnsQuery(words) ? named(DNS_QUERY, words) : null;
}

function named(names: readonly string[], words: readonly string[]): { [field: string]: string } {
  return Object.fromEntries(names.map((name, index) => [name, words[index] ?? '']));
}

function isFlow(words: readonly string[]): boolean {
  const [version = '', account = '', network = ''] = words;
  if (words.length !== FLOW.length || version !== '2') return false;
  return (
    /^(?:\d{12}|unknown)$/.test(account) &&
    /^eni-\w+$/.test(network) &&
    /^(?:OK|NODATA|SKIPDATA)$/.test(words[13] ?? '')
  );
}

function isDnsQuery(words: readonly string[]): boolean {
  const [version = '', time = '', zone = ''] = words;
  if (words.length !== DNS_QUERY.length || version !== '1.0') return false;
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time) && /^Z[A-Z0-9]+$/.test(zone);
}

/** The first object within a text; null where there is none. Source: User Guide, "Supported logs and discovered fields": only the first is looked at. */
export function firstObject(text: string): unknown {
  const from = text.indexOf('{');
  if (from === -1) return null;
  let [depth, quoted] = [0, false];
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\' && quoted) at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '{' && !quoted) depth += 1;
    else if (char === '}' && !quoted && (depth -= 1) === 0) return parsed(text.slice(from, at + 1));
  }
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
