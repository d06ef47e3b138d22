/** What a response headers policy says, as rules for the edge. */
import type { EdgeHeaderRule, EdgeHeaderRules } from '#kernel/contract';
import type { ResponseHeadersPolicyConfig, ResponseHeadersPolicySecurityHeadersConfig } from '#models/cloudfront';

/** The rules; none without a policy. */
export function headerRules(policy: ResponseHeadersPolicyConfig | undefined): EdgeHeaderRules | undefined {
  if (policy === undefined) return undefined;
  const cors = policy.CorsConfig;
  const timing = policy.ServerTimingHeadersConfig;
  return {
    set: [
      ...securityRules(policy.SecurityHeadersConfig ?? {}),
      ...(policy.CustomHeadersConfig?.Items ?? []).map(({ Header, Value, Override }) => ({
        name: Header,
        value: Value,
        override: Override,
      })),
    ],
    remove: (policy.RemoveHeadersConfig?.Items ?? []).map(({ Header }) => Header),
    cors: cors && {
      origins: cors.AccessControlAllowOrigins.Items,
      headers: cors.AccessControlAllowHeaders.Items,
      methods: cors.AccessControlAllowMethods.Items,
      exposed: cors.AccessControlExposeHeaders?.Items ?? [],
      maxAge: cors.AccessControlMaxAgeSec,
      credentials: cors.AccessControlAllowCredentials,
      override: cors.OriginOverride,
    },
    timing: timing?.Enabled === true ? (timing.SamplingRate ?? 0) : undefined,
  };
}

function securityRules(config: ResponseHeadersPolicySecurityHeadersConfig): EdgeHeaderRule[] {
  const rules: EdgeHeaderRule[] = [];
  const add = (name: string, override: boolean, value: string) => rules.push({ name, value, override });
  const { XSSProtection: xss, StrictTransportSecurity: hsts } = config;
  if (xss !== undefined) {
    const mode = xss.ModeBlock === true ? '; mode=block' : '';
    const report = xss.ReportUri === undefined ? '' : `; report=${xss.ReportUri}`;
    add('x-xss-protection', xss.Override, xss.Protection ? `1${mode}${report}` : '0');
  }
  if (config.FrameOptions !== undefined)
    add('x-frame-options', config.FrameOptions.Override, config.FrameOptions.FrameOption);
  if (config.ReferrerPolicy !== undefined)
    add('referrer-policy', config.ReferrerPolicy.Override, config.ReferrerPolicy.ReferrerPolicy);
  if (config.ContentSecurityPolicy !== undefined)
    add(
      'content-security-policy',
      config.ContentSecurityPolicy.Override,
      config.ContentSecurityPolicy.ContentSecurityPolicy,
    );
  if (config.ContentTypeOptions !== undefined)
    add('x-content-type-options', config.ContentTypeOptions.Override, 'nosniff');
  if (hsts !== undefined) {
    const more = `${hsts.IncludeSubdomains === true ? '; includeSubDomains' : ''}${hsts.Preload === true ? '; preload' : ''}`;
    add('strict-transport-security', hsts.Override, `max-age=${hsts.AccessControlMaxAgeSec}${more}`);
  }
  return rules;
}
