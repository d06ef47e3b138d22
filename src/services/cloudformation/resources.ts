/** CloudFormation's own types, and what CDK adds to every template. */
import type { OwnType } from './deploy/step-scope.ts';

/** It says which constructs made the template, to AWS alone. */
const metadata: OwnType = {
  create: async (_, scope) => ({ id: scope.name(64), attributes: {} }),
  update: async (id) => ({ id, attributes: {} }),
  async delete() {},
};

export const own: { readonly [type: string]: OwnType } = {
  'AWS::CDK::Metadata': metadata,
};
