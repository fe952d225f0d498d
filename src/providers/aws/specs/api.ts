import { textsOf } from '../../../core/json.ts';
import type { Effect } from '../../../core/resource.ts';
import { defineSpec, flag, list, map, number, record, set, text } from '../../../core/spec.ts';
import type { FieldChange, SpecOf } from '../../../core/spec.ts';

const access = 'which pages of a browser may call it';

/** What pages lose is broken, and what they gain is a thinner guard. Where there is nothing, or a list is empty, no page of another origin reads an answer. */
const corsChanged = ({ live, stated, inside }: FieldChange): Effect | undefined => {
  if (inside === 'MaxAge') return 'differs';
  if (inside === '' || inside === 'AllowCredentials') return live == null || live === false ? 'breaks' : 'weakens';
  const [held, wanted] = [textsOf(live), textsOf(stated)];
  return !wanted.includes('*') && held.some((one) => !wanted.includes(one)) ? 'weakens' : 'breaks';
};

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html */
export const api = defineSpec('aws.api', {
  always: { Name: text({ about: 'the name of the blueprint' }) },
  fields: {
    ProtocolType: text<'HTTP' | 'WEBSOCKET'>({ immutable: true }),
    Description: text({ default: null }),
    DisableExecuteApiEndpoint: flag({ default: false, about: 'whether the default endpoint is off' }),
    CorsConfiguration: record(
      {
        AllowOrigins: set(text(), { default: [], access }),
        AllowMethods: set(text(), { default: [], access }),
        AllowHeaders: set(text(), { default: [], access }),
        ExposeHeaders: set(text(), { default: [] }),
        AllowCredentials: flag({ default: false, access }),
        MaxAge: number({ default: null, about: 'seconds' }),
      },
      { default: null, access, changed: corsChanged },
    ),
    Tags: map(text(), { about: 'those that are stated; the mark `authctl` and those of others are left alone' }),
    ApiEndpoint: text({ readOnly: true }),
    ApiGatewayManaged: flag({ default: false, about: 'made by quick create' }),
    ApiId: text({ readOnly: true }),
    ApiKeySelectionExpression: text({ default: '$request.header.x-api-key', about: 'for WebSocket APIs' }),
    CreatedDate: text({ readOnly: true }),
    DisableSchemaValidation: flag({ default: false, about: 'for WebSocket APIs' }),
    ImportInfo: list(text(), { readOnly: true }),
    IpAddressType: text<'dualstack' | 'ipv4'>({ default: 'ipv4' }),
    RouteSelectionExpression: text({ default: '$request.method $request.path' }),
    Version: text({ default: null }),
    Warnings: list(text(), { readOnly: true }),
  },
});
export type ApiSpec = SpecOf<typeof api>;
