/** The cost of Secrets Manager's and Parameter Store's operations does not grow with what is stored. */
import { test } from 'node:test';
import { compare, FEW, name } from './measured.ts';

/** Things for operations that write: others among many than among few. */
const later = (among: number, turn: number) => `z-${among === FEW ? 'few' : 'many'}-${turn}`;

test('Secrets Manager: many secrets', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      for (let at = from; at < to; at += 1)
        await aws['secrets-manager'].CreateSecret({ Name: name(at), SecretString: 'v' });
    },
    {
      CreateSecret: (aws, among, turn) =>
        aws['secrets-manager'].CreateSecret({ Name: later(among, turn), SecretString: 'v' }),
      GetSecretValue: (aws) => aws['secrets-manager'].GetSecretValue({ SecretId: name(1) }),
      PutSecretValue: (aws, among, turn) =>
        aws['secrets-manager'].PutSecretValue({ SecretId: later(among, turn), SecretString: 'w' }),
      DescribeSecret: (aws) => aws['secrets-manager'].DescribeSecret({ SecretId: name(1) }),
      ListSecrets: (aws) => aws['secrets-manager'].ListSecrets({ MaxResults: 2 }),
      'ListSecrets, newest first': (aws) => aws['secrets-manager'].ListSecrets({ MaxResults: 2, SortOrder: 'desc' }),
      'ListSecrets by name': (aws) => aws['secrets-manager'].ListSecrets({ MaxResults: 2, SortBy: 'name' }),
      DeleteSecret: (aws, among, turn) =>
        aws['secrets-manager'].DeleteSecret({ SecretId: later(among, turn), ForceDeleteWithoutRecovery: true }),
    },
  );
});

test('Parameter Store: many parameters', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      // An account has no more than 10,000 standard ones; half of each kind leaves room.
      for (let at = from; at < to; at += 1) {
        const Tier = at % 2 === 0 ? 'Standard' : 'Advanced';
        await aws.ssm.PutParameter({ Name: `/app/${name(at)}`, Value: 'v', Type: 'String', Tier });
      }
      if (from === 0) await aws.ssm.PutParameter({ Name: '/own/one', Value: 'v', Type: 'String' });
    },
    {
      PutParameter: (aws, among, turn) =>
        aws.ssm.PutParameter({ Name: `/app/${later(among, turn)}`, Value: 'v', Type: 'String' }),
      GetParameter: (aws) => aws.ssm.GetParameter({ Name: `/app/${name(1)}` }),
      GetParametersByPath: (aws) => aws.ssm.GetParametersByPath({ Path: '/own' }),
      DescribeParameters: (aws) => aws.ssm.DescribeParameters({ MaxResults: 2 }),
      'DescribeParameters of a name': (aws) =>
        aws.ssm.DescribeParameters({ ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['/own/one'] }] }),
      'DescribeParameters below a path': (aws) =>
        aws.ssm.DescribeParameters({ ParameterFilters: [{ Key: 'Path', Values: ['/own'] }] }),
      DeleteParameter: (aws, among, turn) => aws.ssm.DeleteParameter({ Name: `/app/${later(among, turn)}` }),
    },
  );
});
