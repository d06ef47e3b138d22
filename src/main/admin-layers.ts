/** Layers that AWS and others share with everybody, brought into this cloud under the ARNs that templates name. */
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ServiceError } from '#kernel/contract';
import { viewOf } from '#kernel/store';
import { REGIONS } from '#kernel/world';
import { expectLayer } from '#services/lambda/port';
import type { Cloud } from './cloud.ts';
import { ConfigError } from './config.ts';

const VERSION = /^arn:[a-z-]+:lambda:([a-z0-9-]+):(\d{12}):layer:([\w-]{1,140}):([1-9]\d{0,8})$/;
const EVERYBODY = { StatementId: 'everybody', Action: 'lambda:GetLayerVersion', Principal: '*' };

/**
 * Publishes a zip file as that version of that layer, which everybody may use then.
 *
 * @param body `arn` of the version, `file`: the absolute path of its archive on this machine
 * @throws {ConfigError} for what can't be, or Lambda refuses
 */
export async function bringLayer(cloud: Cloud, body: Readonly<Record<string, unknown>>): Promise<{ arn: string }> {
  const { arn, file } = body;
  const [, region = '', account = '', name = '', number] = VERSION.exec(typeof arn === 'string' ? arn : '') ?? [];
  if (typeof arn !== 'string' || !REGIONS.has(region))
    throw new ConfigError(
      'arn should be that of a version of a layer, such as arn:aws:lambda:us-east-1:017000801446:layer:Tools:7.',
    );
  if (typeof file !== 'string' || !isAbsolute(file))
    throw new ConfigError('file should be the absolute path of the zip file that the layer is.');
  const ZipFile = await readFile(file).catch(({ code }: NodeJS.ErrnoException) => {
    throw new ConfigError(`${file} can't be read: ${code}.`);
  });
  const expect = (next?: number) =>
    cloud.kernel.store.transact((tx) => {
      const view = viewOf(() => tx, { account, region });
      return expectLayer(view, name, next);
    });
  if (!expect(Number(number))) throw new ConfigError(`${arn} is there already.`);
  const { lambda } = cloud.aws(account, region);
  try {
    const published = await lambda.PublishLayerVersion({ LayerName: name, Content: { ZipFile } });
    const { LayerVersionArn = '', Version: VersionNumber = 0 } = published;
    await lambda.AddLayerVersionPermission({ LayerName: name, VersionNumber, ...EVERYBODY });
    if (LayerVersionArn !== arn)
      throw new ConfigError(`Another version was published meanwhile: the file is ${LayerVersionArn} now.`);
  } catch (error) {
    expect();
    throw error instanceof ServiceError ? new ConfigError(`Lambda refuses it: ${error.message}`) : error;
  }
  return { arn };
}
