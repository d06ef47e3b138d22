/** Response headers policies that AWS has made. Source: CloudFront Developer Guide, "Use managed response headers policies". */

const SECURITY = {
  XSSProtection: { Override: false, Protection: true, ModeBlock: true },
  FrameOptions: { Override: false, FrameOption: 'SAMEORIGIN' },
  ReferrerPolicy: { Override: false, ReferrerPolicy: 'strict-origin-when-cross-origin' },
  ContentTypeOptions: { Override: true },
  StrictTransportSecurity: {
    Override: false,
    IncludeSubdomains: false,
    Preload: false,
    AccessControlMaxAgeSec: 31_536_000,
  },
};

const SIMPLE = {
  AccessControlAllowOrigins: { Quantity: 1, Items: ['*'] },
  AccessControlAllowHeaders: { Quantity: 1, Items: ['*'] },
  AccessControlAllowMethods: { Quantity: 2, Items: ['GET', 'HEAD'] },
  AccessControlAllowCredentials: false,
  OriginOverride: false,
};

const PREFLIGHT = {
  ...SIMPLE,
  AccessControlAllowMethods: { Quantity: 7, Items: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] },
  AccessControlExposeHeaders: { Quantity: 1, Items: ['*'] },
};

export const MANAGED_HEADERS = [
  {
    id: '60669652-455b-4ae9-85a4-c4c02393f86c',
    config: { Name: 'Managed-SimpleCORS', Comment: 'Allows all origins for simple CORS requests', CorsConfig: SIMPLE },
  },
  {
    id: '5cc3b908-e619-4b99-88e5-2cf7f45965bd',
    config: {
      Name: 'Managed-CORS-With-Preflight',
      Comment: 'Allows all origins for CORS requests, including preflight requests',
      CorsConfig: PREFLIGHT,
    },
  },
  {
    id: '67f7725c-6f97-4210-82d7-5512b31e9d03',
    config: {
      Name: 'Managed-SecurityHeadersPolicy',
      Comment: 'Adds a set of security headers to every response',
      SecurityHeadersConfig: SECURITY,
    },
  },
  {
    id: 'e61eb60c-9c35-4d20-a928-2b84e02af89c',
    config: {
      Name: 'Managed-CORS-and-SecurityHeadersPolicy',
      Comment: 'Allows all origins for simple CORS requests and adds security headers',
      CorsConfig: SIMPLE,
      SecurityHeadersConfig: SECURITY,
    },
  },
  {
    id: 'eaab4381-ed33-4a86-88ca-d9558dc6cd63',
    config: {
      Name: 'Managed-CORS-with-preflight-and-SecurityHeadersPolicy',
      Comment: 'Allows all origins for CORS requests, including preflight requests, and adds security headers',
      CorsConfig: PREFLIGHT,
      SecurityHeadersConfig: SECURITY,
    },
  },
] as const;
