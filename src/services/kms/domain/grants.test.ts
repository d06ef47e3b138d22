import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { GrantRow, KeyRow } from '../state.ts';
import { grantFor } from './grants.ts';

const GRANTEE = 'arn:aws:iam::123456789012:user/ann';
const ctx = { caller: { principal: { kind: 'user', arn: GRANTEE } } } as unknown as Ctx;

/** Asks for permission where this is the only grant. */
function asks(
  grant: Pick<GrantRow, 'operations' | 'constraints'>,
  action: string,
  input: object,
  caller = ctx,
): boolean {
  const row: GrantRow = { id: 'g', key: 'k', keyArn: '', grantee: GRANTEE, issuer: '', createdAt: 0, ...grant };
  const store = { list: (_: unknown, { where }: { where: GrantRow }) => (where.grantee === GRANTEE ? [row] : []) };
  const found = { key: { id: 'k' } as KeyRow, store: store as unknown as StoreView };
  return grantFor(found, action, { ...input }, caller) === 'grant g';
}

const context = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));
const isPart = (part: Record<string, string>, whole: Record<string, string>) =>
  Object.entries(part).every(([key, value]) => whole[key] === value);

test('a constraint holds for what has an encryption context, and for nothing else', () => {
  fc.assert(
    fc.property(context, context, (wanted, given) => {
      const operations = ['Encrypt', 'DescribeKey'];
      const subset = { operations, constraints: { EncryptionContextSubset: wanted } };
      const equals = { operations, constraints: { EncryptionContextEquals: wanted } };
      const input = { EncryptionContext: given };
      assert.equal(asks(subset, 'Encrypt', input), isPart(wanted, given));
      assert.equal(asks(equals, 'Encrypt', input), isPart(wanted, given) && isPart(given, wanted));
      assert.ok(asks(equals, 'DescribeKey', {}));
      assert.ok(!asks(equals, 'Decrypt', input));
    }),
  );
});

test('a grant passed on allows whom it reaches nothing that it does not allow itself', () => {
  const operation = fc.constantFrom('Encrypt', 'Decrypt', 'CreateGrant', 'DescribeKey');
  const constraint = fc.option(
    fc.oneof(
      context.map((entries) => ({ EncryptionContextSubset: entries })),
      context.map((entries) => ({ EncryptionContextEquals: entries })),
    ),
    { nil: undefined },
  );
  const grant = fc.record({ operations: fc.uniqueArray(operation, { minLength: 1 }), constraints: constraint });
  const plain = ({ operations, constraints }: { operations: string[]; constraints: GrantRow['constraints'] }) =>
    constraints === undefined ? { operations } : { operations, constraints };
  fc.assert(
    fc.property(grant, grant, operation, context, (parent, child, action, EncryptionContext) => {
      const passed = asks(plain(parent), 'CreateGrant', {
        Operations: child.operations,
        Constraints: child.constraints,
      });
      if (passed && action !== 'CreateGrant' && asks(plain(child), action, { EncryptionContext }))
        assert.ok(asks(plain(parent), action, { EncryptionContext }));
    }),
    { numRuns: 2_000 },
  );
});

test('a grant for a resource of a service holds only for that resource', () => {
  const SourceArn = 'arn:aws:sqs:us-east-1:123456789012:jobs';
  const grant = { operations: ['Decrypt'], constraints: { SourceArn } };
  const from = (arn: string) => ({ caller: { ...ctx.caller, source: { arn, account: '' } } }) as unknown as Ctx;
  assert.ok(!asks(grant, 'Decrypt', {}));
  assert.ok(asks(grant, 'Decrypt', {}, from(SourceArn)));
  assert.ok(!asks(grant, 'Decrypt', {}, from(`${SourceArn}2`)));
});
