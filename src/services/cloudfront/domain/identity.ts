/** Origin access identities: users of an account of CloudFront's own. */
import { hash } from 'node:crypto';

/** The canonical user id by which bucket policies and ACLs name an identity. */
export function canonicalId(id: string): string {
  return hash('sha256', `origin access identity ${id}`) + hash('sha256', id).slice(0, 32);
}

/** An identity as a principal of policies. */
export function identityOf(id: string) {
  const name = `CloudFront Origin Access Identity ${id}`;
  return { account: 'cloudfront', arn: `arn:aws:iam::cloudfront:user/${name}`, id: canonicalId(id), name };
}
