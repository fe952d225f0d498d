import { defineSpec, flag, map, number, record, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

const settings = {
  ThrottlingBurstLimit: number(),
  ThrottlingRateLimit: number({ about: 'requests a second' }),
  DetailedMetricsEnabled: flag({ default: false }),
  DataTraceEnabled: flag({ default: false, about: 'for WebSocket APIs, as the next' }),
  LoggingLevel: text<'ERROR' | 'INFO' | 'OFF'>({ default: null }),
};

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html */
export const stage = defineSpec('aws.stage', {
  // Of several stages the cells of the matrix are those of the first.
  always: { StageName: text({ immutable: true, made: () => 'opens' }) },
  fields: {
    AutoDeploy: flag({ default: false, access: 'whether a change of a route is in force' }),
    Deployment: text({ default: null, access: 'which routes and authorizers are served', about: 'where `AutoDeploy` is off: the fingerprint of what apply deployed; AWS has its id' }),
    DefaultRouteSettings: record(settings),
    RouteSettings: map(record(settings), { default: {}, about: 'by route key' }),
    StageVariables: map(text(), { default: {}, about: 'what `${stageVariables.x}` stands for in integrations' }),
    ApiGatewayManaged: flag({ default: false, about: 'made by quick create' }),
    ClientCertificateId: text({ default: null, about: 'for WebSocket APIs' }),
    CreatedDate: text({ readOnly: true }),
    DeploymentId: text({ readOnly: true }),
    LastDeploymentStatusMessage: text({ readOnly: true }),
    LastUpdatedDate: text({ readOnly: true }),
    AccessLogSettings: record({ DestinationArn: text(), Format: text() }, { default: null }),
    Description: text({ default: null }),
    Tags: map(text(), { about: 'those that are stated; the mark `authctl` and those of others are left alone' }),
  },
  id: (api: string, name: string) => `${api}/${name}`,
});
export type StageSpec = SpecOf<typeof stage>;
