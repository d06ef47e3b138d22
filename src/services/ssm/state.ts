/** What Parameter Store keeps: parameters, each version of them, and settings that are not AWS's. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';

export type ParameterType = 'String' | 'StringList' | 'SecureString';

export type VersionRow = {
  name: string;
  version: number;
  type: ParameterType;
  /** As it was given; of a SecureString as KMS sealed it, in base64. */
  value: string;
  /** A data key that KMS sealed, where the value was too long for KMS itself. */
  dataKey?: string;
  keyId?: string;
  description?: string;
  allowedPattern?: string;
  dataType: string;
  tier: 'Standard' | 'Advanced';
  policies: { Type: string; [member: string]: unknown }[];
  labels: string[];
  modifiedAt: Millis;
  modifiedBy: string;
};

/** A parameter, with what its latest version is found by. */
export type ParameterRow = {
  name: string;
  latest: number;
  tags: { [key: string]: string };
  /** Policies by which other accounts read it. */
  shares?: readonly ShareRow[];
};

export type ShareRow = { id: string; hash: string; policy: string };

/** How many parameters there are of a tier. */
export type TallyRow = { tier: VersionRow['tier']; count: number };

export const parameters = table<ParameterRow>()('ssm.parameters', { scope: 'region', key: ['name'] });
export const tallies = table<TallyRow>()('ssm.tallies', { scope: 'region', key: ['tier'] });
export const versions = table<VersionRow>()('ssm.parameter-versions', { scope: 'region', key: ['name', 'version'] });

export type SettingRow = { id: string; value: string; modifiedAt: Millis; modifiedBy: string };

export const settings = table<SettingRow>()('ssm.settings', { scope: 'region', key: ['id'] });
