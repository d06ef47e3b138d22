/** CPU goes up and down, minute by minute; the mails are counted. */
import type { Exercise, Measure, Stage } from '#main/architecture';

const MINUTE = 60_000;
/** A peak of two minutes, a rest, then a plateau. */
const LOAD = [20, 95, 95, 20, 20, 20, 20, 90, 90, 90, 90, 20, 20, 20, 20, 20];
/** The minute in which the third of five is above: counted from 0, told when that minute is over. */
const ALARMS_IN = 9;
/** The minute in which less than three of five are left above. */
const OVER_IN = 13;

async function mails(stage: Stage): Promise<{ subject: string; text: string }[]> {
  const answer = await fetch(`${stage.url}/_cloudyard/v1/mail?to=operator@example.com`);
  const { mail } = (await answer.json()) as { mail: { subject: string; text: string }[] };
  return mail;
}

/** Follows the link that the first mail has. */
async function confirm(stage: Stage): Promise<void> {
  const [first] = await mails(stage);
  const link = /https?:\/\/\S+ConfirmSubscription\S+/.exec(first?.text ?? '')?.[0];
  if (link === undefined) throw new Error('The mail that asks for confirmation has no link.');
  // It is of https, by an authority that this process does not know.
  await fetch(stage.url + link.replace(/^https?:\/\/[^/]+/, ''));
}

export const exercise: Exercise = {
  async run(stage): Promise<Measure[]> {
    await stage.settle();
    await confirm(stage);
    const told: [minute: number, subject: string][] = [];
    let seen = (await mails(stage)).length;
    for (const [minute, Value] of LOAD.entries()) {
      const Dimensions = [{ Name: 'Machine', Value: 'one' }];
      await stage.aws().cloudwatch.PutMetricData({
        Namespace: 'Fleet',
        MetricData: [{ MetricName: 'CPUUtilization', Dimensions, Value }],
      });
      await stage.advance(MINUTE);
      const now = await mails(stage);
      for (const { subject } of now.slice(0, now.length - seen)) told.push([minute, subject]);
      seen = now.length;
    }
    stage.say(told.map(([minute, subject]) => `minute ${minute}: ${subject}`).join('; '));
    const alarms = told.filter(([, subject]) => subject.startsWith('ALARM'));
    const goods = told.filter(([minute, subject]) => subject.startsWith('OK') && minute > ALARMS_IN);
    return [
      {
        promise: 'a peak of two minutes mails nobody, three of five minutes do',
        measured: `${alarms.length} mail, after minute ${alarms[0]?.[0] ?? '–'} (expected ${ALARMS_IN})`,
        kept: alarms.length === 1 && alarms[0]?.[0] === ALARMS_IN,
      },
      {
        promise: 'a mail says when it is over',
        measured: `${goods.length} mail, after minute ${goods[0]?.[0] ?? '–'} (expected ${OVER_IN})`,
        kept: goods.length === 1 && goods[0]?.[0] === OVER_IN,
      },
    ];
  },
};
