/** The letters that services sent, as the admin API is asked for them. */
import { CHANNELS, KEPT_MAX, type MailQuery } from '#kernel/mail';
import { ConfigError } from './config.ts';

const LIMIT_DEFAULT = 100;
const KNOWN = ['account', 'to', 'channel', 'limit'];

/** What a query asks for. @throws {ConfigError} for a parameter that can't be */
export function mailAsked(query: ReadonlyMap<string, string>): MailQuery {
  for (const name of query.keys())
    if (!KNOWN.includes(name)) throw new ConfigError(`There is no parameter '${name}'; there are ${KNOWN.join(', ')}.`);
  const limit = query.has('limit') ? Number(query.get('limit')) : LIMIT_DEFAULT;
  if (!Number.isInteger(limit) || limit < 0 || limit > KEPT_MAX)
    throw new ConfigError(`limit should be a number from 0 to ${KEPT_MAX}.`);
  const asked = query.get('channel');
  const channel = CHANNELS.find((one) => one === asked);
  if (asked !== undefined && channel === undefined)
    throw new ConfigError(`channel should be ${CHANNELS.join(', ')}, not '${asked}'.`);
  return { account: query.get('account'), to: query.get('to'), channel, limit };
}
