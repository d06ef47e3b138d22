/** Lists of secrets, in the order that is asked for. */
import { page } from '#kernel/base';
import type { Ctx, Handler, InputOf } from '#kernel/contract';
import { filterOf } from '../domain/filter.ts';
import { versionsOf } from '../domain/find.ts';
import { pageOf } from '../domain/page.ts';
import { badToken } from '../errors.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { type SecretRow, secrets } from '../state.ts';
import { shown } from './secret.ts';

type Input = InputOf<'secrets-manager', 'ListSecrets'>;
type Place = { name: string; createdAt?: number };
type Wanted = (row: SecretRow) => boolean;

export const listSecrets: Handler<'secrets-manager', 'ListSecrets'> = (input, ctx) => {
  const test = filterOf(input.Filters ?? []);
  const wanted: Wanted = (row) => (input.IncludePlannedDeletion === true || row.deletedAt === undefined) && test(row);
  const { SortBy: by = 'created-date' } = input;
  const { rows, rest } =
    by === 'created-date' || by === 'name' ? listed(by, wanted, input, ctx) : sorted(by, wanted, input, ctx);
  return {
    SecretList: rows.map((row) => ({
      ...shown(row),
      SecretVersionsToStages: Object.fromEntries(
        versionsOf(row, ctx.store).flatMap(({ id, stages }) => (stages.length === 0 ? [] : [[id, [...stages]]])),
      ),
    })),
    ...rest,
  };
};

/** In an order in which they lie, so that no more are looked at than are told. */
function listed(by: 'created-date' | 'name', wanted: Wanted, input: Input, { store }: Ctx) {
  const isByName = by === 'name';
  const reverse = input.SortOrder === 'desc';
  const placeOf = ({ name, createdAt }: SecretRow): Place => (isByName ? { name } : { createdAt, name });
  const first = input.NextToken === undefined ? undefined : placeIn(input.NextToken, isByName);
  const { rows, last } = page<SecretRow>(
    (row, limit) => {
      const from = row === undefined ? first : placeOf(row);
      const bound = from === undefined ? {} : reverse ? { before: from } : { after: from };
      return store.list(secrets, { ...(!isByName && { index: 'byCreated' }), ...bound, limit, reverse });
    },
    input.MaxResults ?? LIST_DEFAULT,
    wanted,
  );
  const token = last && Buffer.from(JSON.stringify(placeOf(last))).toString('base64');
  return { rows, rest: token === undefined ? {} : { NextToken: token } };
}

/** @throws {ServiceError} InvalidNextTokenException */
function placeIn(token: string, isByName: boolean): Place {
  try {
    const place = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as Partial<Place> | null;
    if (typeof place?.name === 'string' && typeof place.createdAt === (isByName ? 'undefined' : 'number'))
      return place as Place;
  } catch {}
  throw badToken();
}

const DATES = {
  'last-accessed-date': ({ accessedAt = 0 }: SecretRow) => accessedAt,
  'last-changed-date': ({ changedAt }: SecretRow) => changedAt,
} as const;

/** In an order of what changes with each use; those of one date by their names. */
function sorted(by: keyof typeof DATES, wanted: Wanted, input: Input, { store }: Ctx) {
  const dateOf = DATES[by];
  const rows = store
    .list(secrets)
    .filter(wanted)
    .toSorted((a, b) => dateOf(a) - dateOf(b) || (a.name < b.name ? -1 : 1));
  if (input.SortOrder === 'desc') rows.reverse();
  const { page: some, rest } = pageOf(rows, input.MaxResults ?? LIST_DEFAULT, input.NextToken);
  return { rows: some, rest };
}
