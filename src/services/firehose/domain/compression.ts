/** How objects are compressed. Source: API Reference, ExtendedS3DestinationConfiguration: CompressionFormat. */
import { promisify } from 'node:util';
import { crc32, deflateRaw, gzip } from 'node:zlib';
import type { CompressionFormat } from '#models/firehose';
import { snappyFramed, snappyHadoop } from './snappy.ts';

const zipped = promisify(gzip);
const deflated = promisify(deflateRaw);

/** Source: Developer Guide, "Configure Amazon S3 object name format": the extension of each format; of HADOOP_SNAPPY, radkawar/stackd, measured in 2026. */
export const EXTENSIONS: { readonly [format in CompressionFormat]: string } = {
  UNCOMPRESSED: '',
  GZIP: '.gz',
  ZIP: '.zip',
  Snappy: '.snappy',
  HADOOP_SNAPPY: '.snappy',
};

/** @param name of the one file in a ZIP archive */
export async function compress(format: CompressionFormat, bytes: Buffer, name: string): Promise<Buffer> {
  if (format === 'GZIP') return zipped(bytes);
  if (format === 'ZIP') return zipArchive(bytes, name);
  if (format === 'Snappy') return snappyFramed(bytes);
  if (format === 'HADOOP_SNAPPY') return snappyHadoop(bytes);
  return bytes;
}

/** An archive of one file. Source: APPNOTE.TXT of PKWARE, 4.3. */
async function zipArchive(bytes: Buffer, name: string): Promise<Buffer> {
  const packed = await deflated(bytes);
  const title = Buffer.from(name);
  // Version 2.0, names in UTF-8, deflated, 1980-01-01.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x0800, 2);
  common.writeUInt16LE(8, 4);
  common.writeUInt16LE(0x21, 8);
  common.writeUInt32LE(crc32(bytes), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(bytes.length, 18);
  common.writeUInt16LE(title.length, 22);
  const entry = Buffer.concat([Buffer.from('PK\x03\x04'), common, title, packed]);
  const listed = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, Buffer.alloc(14), title]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(entry.length, 12);
  return Buffer.concat([entry, listed, Buffer.from('PK\x05\x06'), end]);
}
