/** What is wrong with an ARN before anything is looked for. Source: findings of ack-api-quirks, measured against AWS. */
import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { REGIONS } from '#kernel/world';
import { arnElsewhere, badArn, badPlaceOfArn, indexArn, noArn, strangeArn } from '../errors.ts';
import { badBackupArn, badCopyArn, notTableArn, othersCopy, ownersOnly, strangeBackupArn } from '../errors-copies.ts';

/** Of what has tags, or a policy. @throws {ServiceError} ValidationException */
export function checkResourceArn(arn: string, holds: 'tags' | 'policy', ctx: Ctx): void {
  if (!arn.startsWith('arn:')) throw noArn(arn);
  const { service, resource = '', region, partition } = parseArn(arn) ?? {};
  const [, , below] = resource.split('/');
  if (service !== 'dynamodb' || !resource.startsWith('table/') || !(below === undefined || BELOW.has(below)))
    throw strangeArn(arn);
  if (below === 'index') throw indexArn(arn);
  if (region !== ctx.region || partition !== ctx.partition) throw holds === 'tags' ? badArn(arn) : arnElsewhere(arn);
}

const BELOW: ReadonlySet<string> = new Set(['index', 'stream']);

/** Of a table that is named by its ARN. @throws {ServiceError} ValidationException */
export function checkTablePlace(given: string, ctx: Ctx): void {
  const arn = given.startsWith('arn:') ? parseArn(given) : undefined;
  if (arn === undefined || arn.service !== 'dynamodb') return;
  if (arn.partition !== ctx.partition) throw badPlaceOfArn('partition', given);
  if (arn.region !== ctx.region) throw badPlaceOfArn('region', given);
}

/** The same ARN, in the Region that is asked: that of a backup's ARN is not looked at. @throws {ServiceError} ValidationException, AccessDeniedException */
export function backupHere(given: string, ctx: Ctx): string {
  const { account, resource } = checkBackupArn(given, ctx);
  return `arn:${ctx.partition}:dynamodb:${ctx.region}:${account}:${resource}`;
}

/** @throws {ServiceError} ValidationException, AccessDeniedException */
export function checkBackupArn(given: string, ctx: Ctx): { account: string; resource: string; region: string } {
  const arn = parseArn(given);
  if (arn === undefined || !/^table\/[\w.-]{3,255}\/backup\//.test(arn.resource)) throw badBackupArn();
  const { partition, service, region, account } = arn;
  if (partition !== ctx.partition || service !== 'dynamodb' || (region !== '' && !REGIONS.has(region)))
    throw strangeBackupArn();
  if (region === '' || account !== ctx.account) throw othersCopy();
  return arn;
}

/** Of what is exported, or of an export or import. @throws {ServiceError} AccessDeniedException */
export function checkOwner(given: string, ctx: Ctx): void {
  const account = parseArn(given)?.account;
  if (account !== undefined && account !== ctx.account) throw othersCopy();
}

/** The name of the table that is exported. @throws {ServiceError} ValidationException, AccessDeniedException */
export function exportedTable(given: string, ctx: Ctx): string {
  const arn = parseArn(given);
  if (arn === undefined) throw badCopyArn('tableArn');
  if (!/^table\/[\w.-]{3,255}$/.test(arn.resource)) throw notTableArn();
  checkOwner(given, ctx);
  return given;
}

/** @throws {ServiceError} ValidationException */
export function checkRestoredArn(given: string, ctx: Ctx): void {
  const arn = parseArn(given);
  if (arn === undefined) throw badCopyArn('sourceTableArn');
  if (arn.account !== ctx.account) throw ownersOnly();
}
