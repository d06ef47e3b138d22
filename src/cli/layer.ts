/** `cloudyard layer`: a layer that others share, brought into the cloud under its own ARN. */
import { resolve } from 'node:path';
import { ask, CONNECTION, findEndpoint } from './admin-client.ts';
import { command, EXIT, print, UsageError } from './usage.ts';

export const layer = command(
  {
    name: 'layer',
    summary: 'Bring a layer that AWS or others share, so that functions may name its ARN',
    operands: '<arn of the version> <zip file>',
    flags: { ...CONNECTION },
    notes:
      "With access to AWS, its file is at the address that 'aws lambda get-layer-version-by-arn --arn <arn> --query Content.Location' tells.",
  },
  async ({ values, operands }) => {
    const [arn, file, ...more] = operands;
    if (arn === undefined || file === undefined || more.length > 0)
      throw new UsageError('layer: expected the ARN of a version of a layer, and its zip file');
    const brought = await ask<{ arn: string }>(findEndpoint(values), 'POST', 'layers', { arn, file: resolve(file) });
    print(values, brought, `${brought.arn} is there, for everybody.`);
    return EXIT.done;
  },
);
