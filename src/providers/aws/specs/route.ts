import { defineSpec, flag, map, record, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid.html */
export const route = defineSpec('aws.route', {
  always: { RouteKey: text({ immutable: true, access: 'which requests become this route', about: '`GET /orders`' }) },
  fields: {
    AuthorizationType: text<'AWS_IAM' | 'CUSTOM' | 'JWT' | 'NONE'>({ default: 'NONE', access: 'whether a token is asked for' }),
    Authorizer: text({ default: null, access: 'which tokens pass', about: 'by its name; AWS has its id' }),
    AuthorizationScopes: set(text(), { default: [], access: 'the token must have one of them' }),
    Integration: text({ default: null, access: 'where requests go that pass', about: 'by its key; AWS has its id' }),
    ApiGatewayManaged: flag({ default: false, about: 'made by quick create' }),
    ApiKeyRequired: flag({ default: false, about: 'for WebSocket APIs, as the next four' }),
    ModelSelectionExpression: text({ default: null }),
    RequestModels: map(text(), { default: null }),
    RequestParameters: map(record({ Required: flag({ default: false }) }), { default: null }),
    RouteResponseSelectionExpression: text({ default: null }),
    AuthorizerId: text({ readOnly: true }),
    OperationName: text({ default: null }),
    RouteId: text({ readOnly: true }),
    Target: text({ readOnly: true }),
  },
  id: (api: string, key: string) => `${api}/${key}`,
});
export type RouteSpec = SpecOf<typeof route>;
