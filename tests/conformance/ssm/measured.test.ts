/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutParameterCommand, type PutParameterCommandInput, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';

const EXPIRATION = { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: '2030-01-01T00:00:00Z' } };
const NOTICE = { Type: 'ExpirationNotification', Version: '1.0', Attributes: { Before: '5', Unit: 'Days' } };

test('parameters that can’t be', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const put = (more: Partial<PutParameterCommandInput>) =>
    ssm.send(new PutParameterCommand({ Name: 'p', Value: 'v', Type: 'String', Tier: 'Advanced', ...more }));
  const cases: [Promise<unknown>, string, string][] = [
    [
      put({ Value: 'a', AllowedPattern: '^\\d+$' }),
      'ParameterPatternMismatchException',
      'Parameter value, cannot be validated against allowedPattern: ^\\d+$',
    ],
    [
      put({ Value: '{{ssm:other}}' }),
      'ValidationException',
      "Parameter value: '{{ssm:other}}' failed to satisfy constraint: Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.",
    ],
    [
      put({ Value: 'x'.repeat(8_193) }),
      'ValidationException',
      'Advanced-tier parameters support a maximum parameter value of 8192 characters.',
    ],
    [
      put({ Policies: JSON.stringify([EXPIRATION, ...Array(10).fill(NOTICE)]) }),
      'PoliciesLimitExceededException',
      'Number of policies attached to a parameter cannot exceed 10',
    ],
    [
      put({ Policies: JSON.stringify([NOTICE]) }),
      'InvalidPolicyAttributeException',
      'Expiration notification policies are missing expiration policy',
    ],
  ];
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  assert.deepEqual(
    told.map(({ name, message }) => [name, message]),
    cases.map(([, code, text]) => [code, text]),
  );
  // With what stands before it in the ARN.
  assert.equal((await failure(put({ Name: 'n'.repeat(967) }))).name, 'AccessDeniedException');
  await put({ Name: 'n'.repeat(966) });
});

test('of what a template may not have, the handler tells little', async () => {
  await using cloud = await startTestCloud();
  await expectRefusals(cloud, 'AWS::SSM::Parameter', {}, [
    [
      { Type: 'String', Value: 'a', AllowedPattern: '^\\d+$' },
      "Error occurred during operation 'PutParameter'.",
      'GeneralServiceException',
    ],
    [{ Type: 'String', Value: 'a', Name: '/aws/mine' }, "Access denied for operation 'PutParameter'.", 'AccessDenied'],
  ]);
});
