/** The cost of CloudWatch Logs' operations does not grow with what is stored. */
import { test } from 'node:test';
import { START } from '../support/cloud.ts';
import { compare, FEW, name } from './measured.ts';

const inGroup = { logGroupName: 'app' };
const inStream = { ...inGroup, logStreamName: 'busy' };
const SOME_TIME = START - 500.5 * 60_000;
/** Streams and minutes for operations that write: others among many than among few. */
const later = (among: number, turn: number) => (among === FEW ? 0 : FEW) + 2 * turn;
const eventsAt = (minute: number) => [{ timestamp: START - minute * 60_000, message: `event ${minute}` }];

test('CloudWatch Logs: a group with many batches in one stream, and many streams', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      const logs = aws['cloudwatch-logs'];
      if (from === 0) {
        await logs.CreateLogGroup(inGroup);
        await logs.CreateLogStream(inStream);
      }
      for (let index = from; index < to; index += 1) {
        // The few lie where none of the many does.
        const minute = index < FEW ? index * 1_000 + 500.5 : index;
        await logs.PutLogEvents({ ...inStream, logEvents: eventsAt(minute) });
        if (index % 2 === 0) await logs.CreateLogStream({ ...inGroup, logStreamName: name(index) });
      }
    },
    {
      PutLogEvents: (aws, among, turn) =>
        aws['cloudwatch-logs'].PutLogEvents({ ...inStream, logEvents: eventsAt(-1 - later(among, turn)) }),
      'PutLogEvents into another stream': (aws, among, turn) =>
        aws['cloudwatch-logs'].PutLogEvents({
          ...inGroup,
          logStreamName: name(later(among, turn)),
          logEvents: eventsAt(-5),
        }),
      'GetLogEvents from the end': (aws) => aws['cloudwatch-logs'].GetLogEvents({ ...inStream, limit: 1 }),
      'GetLogEvents from the beginning': (aws) =>
        aws['cloudwatch-logs'].GetLogEvents({ ...inStream, limit: 1, startFromHead: true }),
      'GetLogEvents of a time': (aws) =>
        aws['cloudwatch-logs'].GetLogEvents({
          ...inStream,
          startTime: SOME_TIME,
          endTime: SOME_TIME + 1,
        }),
      'FilterLogEvents of a time': (aws) =>
        aws['cloudwatch-logs'].FilterLogEvents({
          ...inGroup,
          startTime: SOME_TIME,
          endTime: SOME_TIME,
        }),
      'DescribeLogStreams by time': (aws) =>
        aws['cloudwatch-logs'].DescribeLogStreams({
          ...inGroup,
          orderBy: 'LastEventTime',
          descending: true,
          limit: 1,
        }),
      CreateLogStream: (aws, among, turn) =>
        aws['cloudwatch-logs'].CreateLogStream({ ...inGroup, logStreamName: `more-${among}-${turn}` }),
    },
  );
});
