/** What the tests of access points of directory buckets share. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateAccessPointCommand, type Scope } from '@aws-sdk/client-s3-control';
import { startDirectory } from '../s3/directory-setup.ts';
import { controlOf } from './setup.ts';

export const AccountId = '123456789012';
export const Name = 'readers--use1-az4--xa-s3';
export const ARN = `arn:aws:s3express:us-east-1:${AccountId}:accesspoint/${Name}`;

/** A directory bucket with an access point. */
export async function start(Scope?: Scope) {
  const cloud = await startDirectory();
  const control = controlOf(cloud);
  const { s3, Bucket } = cloud;
  await control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket, ...(Scope !== undefined && { Scope }) }));
  return { cloud, control, s3, Bucket, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() };
}

/** An object's text. */
export const textOf = async (s3: S3Client, Bucket: string, Key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
/** Writes an object. */
export const put = (s3: S3Client, Bucket: string, Key: string) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }));
