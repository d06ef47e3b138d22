/** A partner reads reports by the role: with the external id and without, until the hour is over, until it is revoked. */
import type { Aws } from '#kernel/contract';
import type { Exercise, Measure } from '#main/architecture';

const PARTNER = '999999999999';
const EXTERNAL_ID = 'between-you-and-me';
const HOUR = 3_600_000;

/** What became of a call: `done`, or the error's code. */
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );

export const exercise: Exercise = {
  parameters: { Partner: PARTNER, ExternalId: EXTERNAL_ID },
  async run(stage): Promise<Measure[]> {
    const { Bucket = '', Role = '' } = stage.outputs;
    const Key = 'report.txt';
    const text = Buffer.from('all is well');
    await stage.aws().s3.PutObject({
      Bucket,
      Key,
      Body: {
        async *[Symbol.asyncIterator]() {
          yield text;
        },
        length: text.length,
      },
    });
    const partner = stage.aws(PARTNER);
    const assume = (ExternalId?: string) =>
      partner.sts.AssumeRole({ RoleArn: Role, RoleSessionName: 'audit', ExternalId });
    const without = await outcome(assume());
    const wrong = await outcome(assume('guessed-by-chance'));
    const stranger = await outcome(
      stage.aws('888888888888').sts.AssumeRole({ RoleArn: Role, RoleSessionName: 'audit', ExternalId: EXTERNAL_ID }),
    );
    const direct = await outcome(partner.s3.GetObject({ Bucket, Key }));
    const { Credentials } = await assume(EXTERNAL_ID);
    const id = Credentials?.AccessKeyId ?? '';
    const session: Aws = stage.as(id);
    const read = await outcome(session.s3.GetObject({ Bucket, Key }));
    const removal = await outcome(session.s3.DeleteObject({ Bucket, Key }));
    await stage.advance(HOUR - 1_000);
    const late = await outcome(stage.as(id).s3.GetObject({ Bucket, Key }));
    const expires = Number(Credentials?.Expiration) - stage.now();
    const { Credentials: second } = await assume(EXTERNAL_ID);
    const before = await outcome(stage.as(second?.AccessKeyId ?? '').s3.GetObject({ Bucket, Key }));
    await stage.advance(1_000);
    // As the console's "Revoke sessions" does it.
    const revoked = {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(stage.now()).toISOString() } },
    };
    await stage.aws().iam.PutRolePolicy({
      RoleName: 'partner-reader',
      PolicyName: 'AWSRevokeOlderSessions',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [revoked] }),
    });
    const after = await outcome(stage.as(second?.AccessKeyId ?? '').s3.GetObject({ Bucket, Key }));
    await stage.aws().iam.DeleteRolePolicy({ RoleName: 'partner-reader', PolicyName: 'AWSRevokeOlderSessions' });
    await stage.aws().s3.DeleteObject({ Bucket, Key });
    const refused = [without, wrong, stranger, direct];
    return [
      {
        promise: 'without the role, or without its external id, there is no way in',
        measured: refused.join(', '),
        kept: refused.every((one) => one !== 'done'),
      },
      { promise: 'by the role, reports are read', measured: read, kept: read === 'done' },
      { promise: 'and nothing else is done', measured: removal, kept: removal !== 'done' },
      {
        promise: 'credentials last an hour, no longer',
        measured: `${late} a second before, ${expires} ms left`,
        kept: late === 'done' && expires <= 1_000 && expires > 0,
      },
      {
        promise: 'a revoked session ends at once',
        measured: `${before}, then ${after}`,
        kept: before === 'done' && after !== 'done',
      },
    ];
  },
};
