/** Account gates: a function of an account that says whether stack sets may work there. Source: CloudFormation User Guide, "Prevent failed StackSets deployments using target account gates". */
import { type Aws, type Ctx, ServiceError } from '#kernel/contract';
import type { UnitRow } from './state.ts';

const NAME = 'AWSCloudFormationStackSetAccountGate';

/** Asks an account's gate; an account that has none lets everybody in. */
export async function askGate({ account, region }: UnitRow, aws: Aws, ctx: Ctx): Promise<NonNullable<UnitRow['gate']>> {
  try {
    const { Payload, FunctionError } = await aws.lambda.Invoke({ FunctionName: NAME });
    const text = Buffer.from(Payload ?? []).toString('utf8');
    const answer = FunctionError === undefined ? (JSON.parse(text) as { Status?: unknown } | null) : undefined;
    if (answer?.Status === 'SUCCEEDED') return { Status: 'SUCCEEDED', StatusReason: '' };
    return { Status: 'FAILED', StatusReason: text };
  } catch (error) {
    if (error instanceof SyntaxError) return { Status: 'FAILED', StatusReason: 'The answer of the gate is not JSON' };
    if (!(error instanceof ServiceError)) throw error;
    const arn = `arn:${ctx.partition}:lambda:${region}:${account}:function:${NAME}`;
    const isMissing = error.code === 'ResourceNotFoundException';
    return { Status: 'SKIPPED', StatusReason: isMissing ? `Function not found: ${arn}` : error.message };
  }
}
