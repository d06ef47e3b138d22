/** What the registry gives out to be shown again: passwords, which stand for who asked for them, and links to layers. */
import { type Millis, SECOND } from '#kernel/base';
import { type Ctx, type Pass, seal, unseal } from '#kernel/contract';

type Password = { pass: Pass; until: Millis };
type Link = { repository: string; digest: string; until: Millis };

/** A text that only the registry can read, for what it is made for. */
function sealed(secret: Buffer, what: object, bound: string): string {
  return seal(secret, Buffer.from(JSON.stringify(what)), bound).toString('base64url');
}

/** Undefined for a text that is none of ours, or too old. */
function opened<T extends { until: Millis }>(secret: Buffer, text: string, bound: string, now: Millis): T | undefined {
  const bytes = Buffer.from(text, 'base64url');
  const plain = bytes.length < 32 ? undefined : unseal(secret, bytes, bound);
  if (plain === undefined) return undefined;
  const said = JSON.parse(plain.toString('utf8')) as T;
  return said.until > now ? said : undefined;
}

/** Docker's password for who calls; it names the registry that can read it, for it is shown to those of other accounts too. */
export function passwordFor(secret: Buffer, until: Millis, ctx: Ctx): string {
  const payload = sealed(secret, { pass: ctx.pass(), until } satisfies Password, 'password');
  const text = JSON.stringify({ payload, registry: ctx.account, version: '2', expiration: Math.floor(until / SECOND) });
  return Buffer.from(text).toString('base64');
}

/** Who a password stands for; undefined for one that is none of ours, or too old. */
export function passOf(password: string, secretOf: (registry: string) => Buffer | undefined, now: Millis) {
  let said: { payload?: unknown; registry?: unknown } | null;
  try {
    said = JSON.parse(Buffer.from(password, 'base64').toString('utf8')) as typeof said;
  } catch {
    return undefined;
  }
  if (typeof said?.payload !== 'string' || typeof said.registry !== 'string') return undefined;
  const secret = secretOf(said.registry);
  return secret && opened<Password>(secret, said.payload, 'password', now)?.pass;
}

/** What a link to a layer says. */
export function linkTo(secret: Buffer, link: Link): string {
  return sealed(secret, link, 'link');
}

/** Where a link leads; undefined for one that is none of ours, or too old. */
export function linked(secret: Buffer, text: string, now: Millis): Link | undefined {
  return opened<Link>(secret, text, 'link', now);
}
