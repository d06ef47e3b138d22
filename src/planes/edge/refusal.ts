/** What the edge itself answers: refusals, redirects, and that an origin does not answer. Texts as CloudFront's pages have them. */

/** An answer of the edge's own; the common headers are added later. */
export type OwnReply = { status: number; headers: Record<string, string>; body: string };

/** A page in HTML. Source: pages that CloudFront shows. */
export function page(status: number, title: string, text: string): OwnReply {
  const body = [
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">',
    '<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">',
    '<TITLE>ERROR: The request could not be satisfied</TITLE>',
    '</HEAD><BODY>',
    `<H1>${status} ERROR</H1>`,
    '<H2>The request could not be satisfied.</H2>',
    '<HR noshade size="1px">',
    `${title}.`,
    text,
    '<BR clear="all">',
    '</BODY></HTML>',
    '',
  ].join('\n');
  return { status, headers: { 'content-type': 'text/html', server: 'CloudFront' }, body };
}

/** Source: CloudFront Developer Guide, "Restrict the geographic distribution of your content". */
export const blockedCountry = () =>
  page(403, 'The Amazon CloudFront distribution is configured to block access from your country', GENERAL);
/** Source: CloudFront Developer Guide, "HTTP 403 status code (Permission Denied)". */
export const methodNotAllowed = () =>
  page(
    403,
    'This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests',
    GENERAL,
  );
/** Source: CloudFront Developer Guide, "HTTP 400 status code (Bad Request)". */
export const badRequest = () => page(400, 'Bad request', GENERAL);
/** Source: CloudFront Developer Guide, "Viewer protocol policy": HTTPS Only. */
export const httpsOnly = () => page(403, 'Bad request', GENERAL);
/** Source: CloudFront Developer Guide, "HTTP 502 status code (Bad Gateway)". */
export const cannotConnect = () => page(502, "CloudFront wasn't able to connect to the origin", GENERAL);
/** Source: CloudFront Developer Guide, "HTTP 504 status code (Gateway Timeout)". */
export const timedOut = () =>
  page(
    504,
    'CloudFront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection',
    GENERAL,
  );
/** Source: CloudFront Developer Guide, "The Lambda function associated with the CloudFront distribution is invalid…", 502 and 503. */
export const functionInvalid = () =>
  page(502, 'The Lambda function returned an invalid entry in the headers object', GENERAL);
/** Source: CloudFront Developer Guide, "HTTP 503 status code (Service Unavailable)". */
export const functionFailed = () =>
  page(
    503,
    "The CloudFront function associated with the CloudFront distribution is invalid or doesn't have the required permissions",
    GENERAL,
  );
/** Source: CloudFront Developer Guide, "HTTP 502 status code (Bad Gateway)". */
export const lambdaFailed = () =>
  page(
    502,
    "The Lambda function associated with the CloudFront distribution is invalid or doesn't have the required permissions",
    GENERAL,
  );
/** The origin leads back to the distribution. */
export const loops = () => page(508, 'The origin of this distribution leads back to it', '');

const GENERAL =
  "We can't connect to the server for this app or website at this time. There might be too much traffic or a configuration error. Try again later, or contact the app or website owner.";

/** Source: answers of CloudFront to requests without a good signature. */
export function denied(code: string, message: string): OwnReply {
  return {
    status: 403,
    headers: { 'content-type': 'text/xml', server: 'CloudFront' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}

/** Source: CloudFront Developer Guide, "Viewer protocol policy": Redirect HTTP to HTTPS. */
export function redirect(location: string): OwnReply {
  return {
    status: 301,
    headers: { 'content-type': 'text/html', server: 'CloudFront', location },
    body: '<html>\n<head><title>301 Moved Permanently</title></head>\n<body>\n<center><h1>301 Moved Permanently</h1></center>\n<hr><center>CloudFront</center>\n</body>\n</html>\n',
  };
}
