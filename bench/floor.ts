/** A server that reads each request, parses its JSON and gives one and the same answer: the floor below every figure. */
import { createServer } from 'node:http';

/** About the size of GetItem's answer here, and what a caller that waits for a table wants to read. */
const ANSWER = JSON.stringify({ Item: { status: { S: 'ACTIVE' }, notes: { S: 'x'.repeat(1_000) } } });

createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    JSON.parse(Buffer.concat(pieces).toString() || '{}');
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(ANSWER) });
    response.end(ANSWER);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
