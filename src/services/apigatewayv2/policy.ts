/** What each operation must be allowed: the HTTP method on the resource's path. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon API Gateway Management V2". */
import type { AccessRule, AccessRules, Ctx } from '#kernel/contract';
import type { MutualTlsAuthenticationInput } from '#models/apigatewayv2';
import { conditionsOf } from './conditions.ts';

const PATHS = {
  CreateApi: 'POST /apis',
  CreateApiMapping: 'POST /domainnames/{DomainName}/apimappings',
  CreateAuthorizer: 'POST /apis/{ApiId}/authorizers',
  CreateDeployment: 'POST /apis/{ApiId}/deployments',
  CreateDomainName: 'POST /domainnames',
  CreateIntegration: 'POST /apis/{ApiId}/integrations',
  CreateIntegrationResponse: 'POST /apis/{ApiId}/integrations/{IntegrationId}/integrationresponses',
  CreateModel: 'POST /apis/{ApiId}/models',
  CreatePortal: 'POST /portals',
  CreatePortalProduct: 'POST /portalproducts',
  CreateProductPage: 'POST /portalproducts/{PortalProductId}/productpages',
  CreateProductRestEndpointPage: 'POST /portalproducts/{PortalProductId}/productrestendpointpages',
  CreateRoute: 'POST /apis/{ApiId}/routes',
  CreateRouteResponse: 'POST /apis/{ApiId}/routes/{RouteId}/routeresponses',
  CreateStage: 'POST /apis/{ApiId}/stages',
  CreateVpcLink: 'POST /vpclinks',
  DeleteAccessLogSettings: 'DELETE /apis/{ApiId}/stages/{StageName}/accesslogsettings',
  DeleteApi: 'DELETE /apis/{ApiId}',
  DeleteApiMapping: 'DELETE /domainnames/{DomainName}/apimappings/{ApiMappingId}',
  DeleteAuthorizer: 'DELETE /apis/{ApiId}/authorizers/{AuthorizerId}',
  DeleteCorsConfiguration: 'DELETE /apis/{ApiId}/cors',
  DeleteDeployment: 'DELETE /apis/{ApiId}/deployments/{DeploymentId}',
  DeleteDomainName: 'DELETE /domainnames/{DomainName}',
  DeleteIntegration: 'DELETE /apis/{ApiId}/integrations/{IntegrationId}',
  DeleteIntegrationResponse:
    'DELETE /apis/{ApiId}/integrations/{IntegrationId}/integrationresponses/{IntegrationResponseId}',
  DeleteModel: 'DELETE /apis/{ApiId}/models/{ModelId}',
  DeletePortal: 'DELETE /portals/{PortalId}',
  DeletePortalProduct: 'DELETE /portalproducts/{PortalProductId}',
  DeletePortalProductSharingPolicy: 'DELETE /portalproducts/{PortalProductId}/sharingpolicy',
  DeleteProductPage: 'DELETE /portalproducts/{PortalProductId}/productpages/{ProductPageId}',
  DeleteProductRestEndpointPage:
    'DELETE /portalproducts/{PortalProductId}/productrestendpointpages/{ProductRestEndpointPageId}',
  DeleteRoute: 'DELETE /apis/{ApiId}/routes/{RouteId}',
  DeleteRouteRequestParameter: 'DELETE /apis/{ApiId}/routes/{RouteId}/requestparameters/{RequestParameterKey}',
  DeleteRouteResponse: 'DELETE /apis/{ApiId}/routes/{RouteId}/routeresponses/{RouteResponseId}',
  DeleteRouteSettings: 'DELETE /apis/{ApiId}/stages/{StageName}/routesettings/{RouteKey}',
  DeleteStage: 'DELETE /apis/{ApiId}/stages/{StageName}',
  DeleteVpcLink: 'DELETE /vpclinks/{VpcLinkId}',
  DisablePortal: 'DELETE /portals/{PortalId}/publish',
  ExportApi: 'GET /apis/{ApiId}/exports/{Specification}',
  GetApi: 'GET /apis/{ApiId}',
  GetApiMapping: 'GET /domainnames/{DomainName}/apimappings/{ApiMappingId}',
  GetApiMappings: 'GET /domainnames/{DomainName}/apimappings',
  GetApis: 'GET /apis',
  GetAuthorizer: 'GET /apis/{ApiId}/authorizers/{AuthorizerId}',
  GetAuthorizers: 'GET /apis/{ApiId}/authorizers',
  GetDeployment: 'GET /apis/{ApiId}/deployments/{DeploymentId}',
  GetDeployments: 'GET /apis/{ApiId}/deployments',
  GetDomainName: 'GET /domainnames/{DomainName}',
  GetDomainNames: 'GET /domainnames',
  GetIntegration: 'GET /apis/{ApiId}/integrations/{IntegrationId}',
  GetIntegrationResponse: 'GET /apis/{ApiId}/integrations/{IntegrationId}/integrationresponses/{IntegrationResponseId}',
  GetIntegrationResponses: 'GET /apis/{ApiId}/integrations/{IntegrationId}/integrationresponses',
  GetIntegrations: 'GET /apis/{ApiId}/integrations',
  GetModel: 'GET /apis/{ApiId}/models/{ModelId}',
  GetModelTemplate: 'GET /apis/{ApiId}/models/{ModelId}/template',
  GetModels: 'GET /apis/{ApiId}/models',
  GetPortal: 'GET /portals/{PortalId}',
  GetPortalProduct: 'GET /portalproducts/{PortalProductId}',
  GetPortalProductSharingPolicy: 'GET /portalproducts/{PortalProductId}/sharingpolicy',
  GetProductPage: 'GET /portalproducts/{PortalProductId}/productpages/{ProductPageId}',
  GetProductRestEndpointPage:
    'GET /portalproducts/{PortalProductId}/productrestendpointpages/{ProductRestEndpointPageId}',
  GetRoute: 'GET /apis/{ApiId}/routes/{RouteId}',
  GetRouteResponse: 'GET /apis/{ApiId}/routes/{RouteId}/routeresponses/{RouteResponseId}',
  GetRouteResponses: 'GET /apis/{ApiId}/routes/{RouteId}/routeresponses',
  GetRoutes: 'GET /apis/{ApiId}/routes',
  GetStage: 'GET /apis/{ApiId}/stages/{StageName}',
  GetStages: 'GET /apis/{ApiId}/stages',
  GetTags: 'GET /tags/{ResourceArn}',
  GetVpcLink: 'GET /vpclinks/{VpcLinkId}',
  GetVpcLinks: 'GET /vpclinks',
  ImportApi: 'PUT /apis',
  ListPortalProducts: 'GET /portalproducts',
  ListPortals: 'GET /portals',
  ListProductPages: 'GET /portalproducts/{PortalProductId}/productpages',
  ListProductRestEndpointPages: 'GET /portalproducts/{PortalProductId}/productrestendpointpages',
  PreviewPortal: 'POST /portals/{PortalId}/preview',
  PublishPortal: 'POST /portals/{PortalId}/publish',
  PutPortalProductSharingPolicy: 'PUT /portalproducts/{PortalProductId}/sharingpolicy',
  ReimportApi: 'PUT /apis/{ApiId}',
  ResetAuthorizersCache: 'DELETE /apis/{ApiId}/stages/{StageName}/cache/authorizers',
  TagResource: 'POST /tags/{ResourceArn}',
  UntagResource: 'DELETE /tags/{ResourceArn}',
  UpdateApi: 'PATCH /apis/{ApiId}',
  UpdateApiMapping: 'PATCH /domainnames/{DomainName}/apimappings/{ApiMappingId}',
  UpdateAuthorizer: 'PATCH /apis/{ApiId}/authorizers/{AuthorizerId}',
  UpdateDeployment: 'PATCH /apis/{ApiId}/deployments/{DeploymentId}',
  UpdateDomainName: 'PATCH /domainnames/{DomainName}',
  UpdateIntegration: 'PATCH /apis/{ApiId}/integrations/{IntegrationId}',
  UpdateIntegrationResponse:
    'PATCH /apis/{ApiId}/integrations/{IntegrationId}/integrationresponses/{IntegrationResponseId}',
  UpdateModel: 'PATCH /apis/{ApiId}/models/{ModelId}',
  UpdatePortal: 'PATCH /portals/{PortalId}',
  UpdatePortalProduct: 'PATCH /portalproducts/{PortalProductId}',
  UpdateProductPage: 'PATCH /portalproducts/{PortalProductId}/productpages/{ProductPageId}',
  UpdateProductRestEndpointPage:
    'PATCH /portalproducts/{PortalProductId}/productrestendpointpages/{ProductRestEndpointPageId}',
  UpdateRoute: 'PATCH /apis/{ApiId}/routes/{RouteId}',
  UpdateRouteResponse: 'PATCH /apis/{ApiId}/routes/{RouteId}/routeresponses/{RouteResponseId}',
  UpdateStage: 'PATCH /apis/{ApiId}/stages/{StageName}',
  UpdateVpcLink: 'PATCH /vpclinks/{VpcLinkId}',
} as const;

type Input = Record<string, unknown>;

/** What a call does to the truststore of a domain name: that needs a permission of its own. */
function onTruststore({ MutualTlsAuthentication: given }: Input): string[] {
  if (given === undefined) return [];
  const isLeft = (given as MutualTlsAuthenticationInput).TruststoreUri === '';
  return [isLeft ? 'RemoveCertificateFromDomain' : 'AddCertificateToDomain'];
}

const rules = Object.entries(PATHS).map(([operation, text]) => {
  const [method = '', path = ''] = text.split(' ');
  const seen = conditionsOf(operation);
  const rule = (input: Input, ctx: Ctx) => {
    const { partition, region } = ctx;
    return [method, ...onTruststore(input)].map((action) => ({
      action: `apigateway:${action}`,
      resource: `arn:${partition}:apigateway:${region}::${path.replace(/\{(\w+)\}/g, (_, name: string) => String(input[name] ?? ''))}`,
      ...(seen !== undefined && { context: () => seen(input, ctx) }),
    }));
  };
  return [operation, rule as AccessRule<'apigatewayv2', never>] as const;
});

/** Routing rules have actions of their own, and an account in their ARNs. */
const onRule =
  (action: string, operation = action) =>
  (input: { DomainName: string; RoutingRuleId?: string }, ctx: Ctx) => {
    const { DomainName, RoutingRuleId = '*' } = input;
    const seen = conditionsOf(operation);
    return {
      action: `apigateway:${action}`,
      resource: `arn:${ctx.partition}:apigateway:${ctx.region}:${ctx.account}:/domainnames/${DomainName}/routingrules/${RoutingRuleId}`,
      ...(seen !== undefined && { context: () => seen(input, ctx) }),
    };
  };

export const access: AccessRules<'apigatewayv2'> = {
  ...(Object.fromEntries(rules) as AccessRules<'apigatewayv2'>),
  CreateRoutingRule: onRule('CreateRoutingRule'),
  DeleteRoutingRule: onRule('DeleteRoutingRule'),
  GetRoutingRule: onRule('GetRoutingRule'),
  ListRoutingRules: onRule('ListRoutingRules'),
  PutRoutingRule: onRule('UpdateRoutingRule', 'PutRoutingRule'),
};
