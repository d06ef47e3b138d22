/** Code that a template carries as text: an archive of that one file and the module that answers CloudFormation. */
import { crc32 } from 'node:zlib';

/** Source: CloudFormation User Guide, "cfn-response module": names and arguments; the lines are ours. */
const NODE_RESPONSE = `'use strict';
exports.SUCCESS = 'SUCCESS';
exports.FAILED = 'FAILED';
exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: 'See the details in CloudWatch Log Stream: ' + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  const url = new URL(event.ResponseURL);
  const http = require(url.protocol === 'http:' ? 'http' : 'https');
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const done = () => { if (context.done) context.done(); resolve(); };
    const request = http.request(url, { method: 'PUT', headers }, (answer) => { answer.resume(); answer.on('end', done); });
    request.on('error', (error) => { process.stdout.write('send(..) failed: ' + error + '\\n'); done(); });
    request.end(body);
  });
};
`;
const PYTHON_RESPONSE = `import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the details in CloudWatch Log Stream: {}".format(context.log_stream_name),
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }).encode("utf-8")
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"content-type": ""})
    try:
        urllib.request.urlopen(request)
    except Exception as error:
        print("send(..) failed executing the request:", error)
`;

/** The files of a function whose code is `text`; undefined for runtimes that take no text. */
export function inlineFiles(runtime: string, text: string): { [name: string]: string } | undefined {
  if (runtime.startsWith('nodejs')) return { 'index.js': text, 'cfn-response.js': NODE_RESPONSE };
  if (runtime.startsWith('python')) return { 'index.py': text, 'cfnresponse.py': PYTHON_RESPONSE };
  return undefined;
}

/** 1980-01-01, so that the same text is the same archive. */
const DOS_DATE = 0x21;
const UNIX_FILE = 0o100644;

/** An archive of files, uncompressed. Source: .ZIP File Format Specification 6.3.10, 4.3. */
export function archive(files: { [name: string]: string }): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [file, text] of Object.entries(files)) {
    const [name, data] = [Buffer.from(file), Buffer.from(text)];
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(10, 0);
    facts.writeUInt16LE(DOS_DATE, 8);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, name, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(UNIX_FILE * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    // Made on Unix, so that the file's mode counts.
    directory.push(Buffer.from('PK\x01\x02\x0a\x03', 'latin1'), facts, rest, name);
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(locals.length, 4);
  end.writeUInt16LE(locals.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, entries, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
