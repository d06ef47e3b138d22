/** AWS's own addresses, and this cloud's by name, lead functions to it, and count as TLS there. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { zipSync } from 'fflate';
import { outputOf } from '../../first-minute/minute.ts';
import { noBoto3 } from '../../support/clients.ts';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';

const NODE = `
  import https, { get } from 'node:https';
  import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
  const said = (response) => new Promise((done) => {
    const pieces = [];
    response.on('data', (piece) => pieces.push(piece)).on('end', () => done([response.statusCode, Buffer.concat(pieces).toString()]));
  });
  const ask = (request) => new Promise((done, fail) => request((response) => said(response).then(done)).on('error', fail).end());
  const URL_OF_TEXT = 'https://kept.s3.us-east-1.amazonaws.com/text';
  export const handler = async () => {
    const s3 = new S3Client({ endpoint: 'https://s3.us-east-1.amazonaws.com', forcePathStyle: true });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'text' }));
    const [named] = await ask((then) => get(URL_OF_TEXT, then));
    const [whole] = await ask((then) => https.request({ hostname: 'kept.s3.us-east-1.amazonaws.com', path: '/text' }, then));
    const { status } = await fetch(URL_OF_TEXT);
    const [own] = await ask((then) => get('https://kept.s3.us-east-1.localhost/text', then));
    const elsewhere = await ask((then) => get('https://nowhere.invalid/', then)).catch(({ code }) => code);
    return [await Body.transformToString(), named, whole, status, own, elsewhere];
  };
`;

const PYTHON = `
import urllib.error
import urllib.request

def handler(event, context):
    return [ask(f"https://kept.s3.us-east-1.{base}/text") for base in ["amazonaws.com", "localhost"]]

def ask(url):
    try:
        urllib.request.urlopen(url)
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]
`;

const BOTO3 = `
import boto3

def handler(event, context):
    s3 = boto3.client("s3", endpoint_url="https://s3.us-east-1.amazonaws.com")
    return s3.get_object(Bucket="kept", Key="text")["Body"].read().decode()
`;

const RUBY = `
require 'net/http'
def handler(event:, context:)
  response = Net::HTTP.get_response(URI('https://kept.s3.us-east-1.amazonaws.com/text'))
  elsewhere = begin
    Net::HTTP.get(URI('https://nowhere.invalid/'))
  rescue SocketError => error
    error.class.name
  end
  own = Net::HTTP.get_response(URI('https://kept.s3.us-east-1.localhost/text'))
  [response.code.to_i, response.body, elsewhere, own.code.to_i]
end
`;

const JAVA = `
import java.io.*;
import java.net.*;
import javax.net.ssl.HttpsURLConnection;
public class Fn {
  public Object handle(Object event) throws Exception {
    HttpsURLConnection asked = (HttpsURLConnection) new URL("https://kept.s3.us-east-1.amazonaws.com/text").openConnection();
    int status = asked.getResponseCode();
    String text = new String(asked.getErrorStream().readAllBytes());
    String elsewhere = "";
    try { new URL("https://nowhere.invalid/").openStream(); } catch (UnknownHostException error) { elsewhere = "unknown"; }
    int own = ((HttpsURLConnection) new URL("https://kept.s3.us-east-1.localhost/text").openConnection()).getResponseCode();
    return java.util.List.of(status, text, elsewhere, own);
  }
}
`;

/** An archive of a Java class. */
function compiled(source: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-java-'));
  try {
    writeFileSync(join(folder, 'Fn.java'), source);
    execFileSync('javac', ['-nowarn', '-d', folder, join(folder, 'Fn.java')], { stdio: 'ignore' });
    return zipSync({ 'Fn.class': readFileSync(join(folder, 'Fn.class')) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A bucket that lets in only who comes by TLS, and a role that may read it. */
async function make(cloud: TestCloud) {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
  await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'text', Body: 'kept text' }));
  const Statement = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: ['arn:aws:s3:::kept', 'arn:aws:s3:::kept/*'],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'kept', Policy }));
  return functionRole(cloud, ['logs:*', 's3:GetObject']);
}

async function answerOf(cloud: TestCloud, FunctionName: string) {
  const { Payload } = await cloud.client(LambdaClient).send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

test('functions of Node.js', async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await make(cloud), 'node', NODE);
  assert.deepEqual(await answerOf(cloud, 'node'), ['kept text', 403, 403, 403, 403, 'ENOTFOUND']);
});

const python = (source: string) => ({
  Runtime: 'python3.13' as const,
  Code: { ZipFile: zip({ 'index.py': source }) },
});

test('functions of Python', {
  skip: outputOf('python3', '-V') === undefined && 'needs the command python3',
}, async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await make(cloud), 'python', '', python(PYTHON));
  for (const [status, text] of await answerOf(cloud, 'python'))
    assert.deepEqual([status, /<Code>(\w+)</.exec(text)?.[1]], [403, 'AccessDenied']);
});

/** As boto 2 connects: without a word to TLS about whom it is for. */
const PYTHON_OLD = `
import socket
import ssl

def handler(event, context):
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    connected = socket.create_connection(("sqs.us-east-1.amazonaws.com", 443))
    return bare.wrap_socket(connected).getpeercert()["subjectAltName"][0][1]
`;

test('functions of Python with clients that name nobody to TLS', {
  skip: outputOf('python3', '-V') === undefined && 'needs the command python3',
}, async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await make(cloud), 'old', '', python(PYTHON_OLD));
  assert.equal(await answerOf(cloud, 'old'), 'sqs.us-east-1.amazonaws.com');
});

test('functions of Python with boto3', {
  skip: noBoto3,
}, async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await make(cloud), 'boto3', '', python(BOTO3));
  assert.equal(await answerOf(cloud, 'boto3'), 'kept text');
});

test('functions of Ruby', { skip: outputOf('ruby', '-v') === undefined && 'needs the command ruby' }, async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await make(cloud), 'ruby', '', {
    Runtime: 'ruby3.3',
    Code: { ZipFile: zip({ 'index.rb': RUBY }) },
  });
  const [status, text, elsewhere, own] = await answerOf(cloud, 'ruby');
  assert.deepEqual([status, /<Code>(\w+)</.exec(text)?.[1], elsewhere, own], [403, 'AccessDenied', 'SocketError', 403]);
});

test('functions of Java, by URL', {
  skip: outputOf('javac', '-version') === undefined && 'needs the command javac',
}, async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await make(cloud), 'java', '', {
    Runtime: 'java17',
    Handler: 'Fn::handle',
    Code: { ZipFile: compiled(JAVA) },
  });
  const [status, text, elsewhere, own] = await answerOf(cloud, 'java');
  assert.deepEqual([status, /<Code>(\w+)</.exec(text)?.[1], elsewhere, own], [403, 'AccessDenied', 'unknown', 403]);
});
