/** Events as rows of an event data store. Source: CloudTrail User Guide, "Supported SQL schemas for event data stores". */
import type { SqlTable } from '#kernel/contract';

type Cell = string | number | null;

/** Columns whose members have names of their own; as in Trino, whatever the case of their letters. */
const STRUCTS = ['userIdentity', 'addendum', 'edgeDeviceDetails', 'insightDetails', 'tlsDetails'];
const MAPS = ['requestParameters', 'responseElements', 'additionalEventData', 'serviceEventDetails'];
const BOOLEANS = ['readOnly', 'managementEvent'];

const NAMES = [
  'eventVersion',
  'userIdentity',
  'eventTime',
  'eventSource',
  'eventName',
  'awsRegion',
  'sourceIPAddress',
  'userAgent',
  'errorCode',
  'errorMessage',
  'requestParameters',
  'responseElements',
  'additionalEventData',
  'requestID',
  'eventID',
  'readOnly',
  'resources',
  'eventType',
  'apiVersion',
  'managementEvent',
  'recipientAccountId',
  'sharedEventID',
  'annotation',
  'vpcEndpointId',
  'vpcEndpointAccountId',
  'serviceEventDetails',
  'addendum',
  'edgeDeviceDetails',
  'insightDetails',
  'eventCategory',
  'tlsDetails',
  'sessionCredentialFromConsole',
  'eventJson',
  'eventJsonChecksum',
];

export const COLUMNS: SqlTable['columns'] = NAMES.map((name) => ({
  name,
  type: name === 'eventTime' ? 'TIMESTAMP' : BOOLEANS.includes(name) ? 'BOOLEAN' : 'TEXT',
}));

const isNamed = (names: readonly string[]) => {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return (name: string) => known.has(name.toLowerCase());
};
export const isColumn = isNamed(NAMES);
export const isStruct = isNamed(STRUCTS);

/** The columns that a query which was translated may read: those whose names are in it, or all. */
export function columnsIn(query: string): SqlTable['columns'] {
  // `count ( * )` reads none.
  if (/ \* (?!\))/.test(query)) return COLUMNS;
  const words = new Set(query.toLowerCase().match(/\w+/g));
  const read = COLUMNS.filter(({ name }) => words.has(name.toLowerCase()));
  return read.length === 0 ? COLUMNS.slice(0, 1) : read;
}

/** A record's row. */
export function rowOf(text: string, columns: SqlTable['columns']): Cell[] {
  const record = JSON.parse(text) as { readonly [name: string]: unknown };
  return columns.map(({ name }) => cellOf(name, record[name], text));
}

function cellOf(name: string, value: unknown, text: string): Cell {
  if (name === 'eventJson') return text;
  if (value === undefined || value === null) return null;
  if (name === 'eventTime') return String(value).slice(0, 19).replace('T', ' ');
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (MAPS.includes(name)) return JSON.stringify(mapOf(value as object));
  return typeof value === 'object' ? JSON.stringify(lowered(value)) : String(value);
}

/** A map's values are texts. */
function mapOf(value: object): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, typeof one === 'string' ? one : JSON.stringify(one)]),
  );
}

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toLowerCase(), lowered(one)]));
}
