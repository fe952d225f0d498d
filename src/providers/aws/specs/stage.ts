import { defineSpec, flag, map, number, record, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html */
export const stage = defineSpec('aws.stage', {
  always: { StageName: text({ immutable: true }) },
  fields: {
    AutoDeploy: flag({ default: false, access: 'whether a change of a route is in force' }),
    DefaultRouteSettings: record({ ThrottlingBurstLimit: number(), ThrottlingRateLimit: number({ about: 'requests a second' }) }),
    AccessLogSettings: record({ DestinationArn: text(), Format: text() }, { default: null }),
    Description: text({ default: null }),
    Tags: map(text(), { about: 'those that are stated; the mark `authctl` and those of others are left alone' }),
  },
  id: (api: string, name: string) => `${api}/${name}`,
});
export type StageSpec = SpecOf<typeof stage>;
