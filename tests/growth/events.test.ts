/** The cost of EventBridge's operations does not grow with the rules of a bus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulesMax } from '../../src/services/eventbridge/limits.ts';
import { ACCOUNT, compare, FEW, MANY, name, REGION } from './measured.ts';

/** Of one source each, of one source with a type each, and of types only. */
const patternOf = (index: number) =>
  JSON.stringify(
    [
      { source: [name(index)] },
      { source: ['busy'], 'detail-type': [name(index), `other ${index}`] },
      { 'detail-type': [name(index)], detail: { n: [index] } },
    ][index % 3],
  );

const entry = (Source: string, DetailType: string) => ({ Source, DetailType, Detail: '{"n":5}' });

test('EventBridge: a bus with many rules', async (t) => {
  await compare(
    t,
    async (aws, from, to, { cloud }) => {
      const place = { account: ACCOUNT, region: REGION };
      cloud.kernel.quotas.grant(place, rulesMax(REGION), MANY + 100);
      for (let index = from; index < to; index += 1) {
        const Name = name(index);
        await aws.eventbridge.PutRule({ Name, EventPattern: patternOf(index) });
        if (index < FEW)
          await aws.eventbridge.PutTargets({
            Rule: Name,
            Targets: [{ Id: 'q', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:gone` }],
          });
      }
    },
    {
      'PutEvents that meets one rule by its source': (aws) =>
        aws.eventbridge.PutEvents({ Entries: [entry(name(3), 'any')] }),
      'PutEvents that meets one rule of a source with many': (aws) =>
        aws.eventbridge.PutEvents({ Entries: [entry('busy', name(4))] }),
      'PutEvents that meets one rule by its type': (aws) =>
        aws.eventbridge.PutEvents({ Entries: [entry('calm', name(5))] }),
      'PutEvents that meets none': (aws) => aws.eventbridge.PutEvents({ Entries: [entry('calm', 'none')] }),
      'PutRule again': (aws) => aws.eventbridge.PutRule({ Name: name(3), EventPattern: patternOf(3) }),
      DescribeRule: (aws) => aws.eventbridge.DescribeRule({ Name: name(3) }),
      DisableRule: (aws) => aws.eventbridge.DisableRule({ Name: name(6) }),
      ListTargetsByRule: async (aws) => {
        const { Targets } = await aws.eventbridge.ListTargetsByRule({ Rule: name(3) });
        assert.equal(Targets?.length, 1);
      },
    },
  );
});
