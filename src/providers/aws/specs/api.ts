import { defineSpec, flag, map, number, record, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

const access = 'which pages of a browser may call it';

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
      { default: null, access },
    ),
    Tags: map(text(), { about: 'those that are stated; the mark `authctl` and those of others are left alone' }),
  },
});
export type ApiSpec = SpecOf<typeof api>;
