import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import type { MailRow } from '#kernel/mail';
import { smtpRelay } from './relay.ts';

const letter = (to: string, subject: string): MailRow => ({
  channel: 'email',
  to,
  from: 'AWS Notifications <no-reply@sns.amazonaws.com>',
  subject,
  text: 'Grüße\n.\nfrom the cloud',
  account: '111111111111',
  sequence: 1,
  region: 'us-east-1',
  service: 'sns',
  at: Date.UTC(2026, 0, 1),
});

/** As much of SMTP as a client needs; refuses one recipient. */
async function mailServer() {
  const got: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let data = '';
    let inBody = false;
    socket.write('220 test\r\n');
    socket.on('data', (piece) => {
      data += piece;
      for (let end = data.indexOf('\r\n'); end >= 0; end = data.indexOf('\r\n')) {
        const line = data.slice(0, end);
        data = data.slice(end + 2);
        got.push(line);
        if (inBody) {
          if (line === '.') socket.write('250 kept\r\n');
          inBody = line !== '.';
        } else if (line.startsWith('EHLO')) socket.write('250-test\r\n250 AUTH PLAIN\r\n');
        else if (line.startsWith('AUTH')) socket.write('235 yes\r\n');
        else if (line === 'DATA') {
          inBody = true;
          socket.write('354 go on\r\n');
        } else socket.write(line.includes('nobody@') ? '550 nobody\r\n' : '250 ok\r\n');
      }
    });
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise(setImmediate);
};

test('mail goes on to the relay; what it refuses is warned of, and the next one goes on', async () => {
  await using server = await mailServer();
  const warnings: unknown[] = [];
  const relay = smtpRelay(server.url, (level, _, fields) => warnings.push([level, fields?.to]));
  relay(letter('nobody@example.com', 'lost'));
  relay(letter('anna@example.com', 'One\r\nBcc: eve@example.com'));
  await until(() => server.got.includes('.'));
  assert.ok(server.got.includes(`AUTH PLAIN ${Buffer.from('\0user\0secret').toString('base64')}`));
  assert.ok(server.got.includes('From: AWS Notifications <no-reply@sns.amazonaws.com>'));
  assert.ok(server.got.includes('To: anna@example.com'));
  assert.ok(!server.got.some((line) => line.startsWith('Bcc:')), 'a subject begins no other header');
  assert.deepEqual(
    server.got.filter((line) => line.startsWith('RCPT')),
    ['RCPT TO:<nobody@example.com>', 'RCPT TO:<anna@example.com>'],
  );
  assert.deepEqual(warnings, [['warn', 'nobody@example.com']]);
});

test('a server that is not there is warned of, once a mail', async () => {
  const server = await mailServer();
  await server[Symbol.asyncDispose]();
  const warnings: Record<string, unknown>[] = [];
  const relay = smtpRelay(server.url, (_, __, fields) => warnings.push(fields ?? {}));
  relay(letter('anna@example.com', 'one'));
  relay(letter('ben@example.com', 'two'));
  await until(() => warnings.length === 2);
  assert.deepEqual(
    warnings.map(({ to, account, sequence }) => [to, account, sequence]),
    [
      ['anna@example.com', '111111111111', 1],
      ['ben@example.com', '111111111111', 1],
    ],
  );
  assert.ok(!JSON.stringify(warnings).includes('secret'));
});
