import { badRequest, conflict, notFound, quotaReached } from '../fault.ts';
import { deployAutomatically, findApi, timestamp, type ApiState } from '../store.ts';
import type { RouteSettings, Stage } from '../types.ts';
import { description, merge, mergeMap, required, type Fields } from './fields.ts';
import { created, gone, ok, type Operation } from './operation.ts';
import { page } from './paging.ts';
import { checkTags, readTags } from './tags.ts';

/** Source: API Gateway quotas for HTTP APIs. */
const mostStages = 10;
const mostVariables = 100;

const destination =
  /^arn:aws[a-z-]*:(logs:[a-z0-9-]+:\d{12}:log-group:[^\s*]+(:\*)?|firehose:[a-z0-9-]+:\d{12}:deliverystream\/amazon-apigateway-\S+)$/;

const readAccessLog = (fields: Fields): Stage['accessLogSettings'] => {
  const settings = fields.nested('accessLogSettings');
  if (settings === undefined) return undefined;
  const format = required('format', settings.text('format', { min: 1, max: 3072 }));
  if (/[\r\n]/.test(format)) throw badRequest('Invalid AccessLogSettings: the format must be a single line');
  if (!/\$context\.(requestId|extendedRequestId)\b/.test(format)) {
    throw badRequest('Invalid AccessLogSettings: the format must include at least $context.requestId or $context.extendedRequestId');
  }
  return { destinationArn: required('destinationArn', settings.text('destinationArn', { max: 2048, pattern: destination })), format };
};

const readRouteSettings = (fields: Fields): RouteSettings => {
  for (const member of ['dataTraceEnabled', 'loggingLevel']) {
    if (fields.has(member)) throw badRequest(`Execution logs are not supported on protocolType HTTP: ${member}`);
  }
  return {
    detailedMetricsEnabled: fields.flag('detailedMetricsEnabled'),
    throttlingBurstLimit: fields.integer('throttlingBurstLimit', 0, 2_147_483_647),
    throttlingRateLimit: fields.number('throttlingRateLimit', 0, Number.MAX_SAFE_INTEGER),
  };
};

const readVariables = (fields: Fields): Stage['stageVariables'] | undefined => {
  const variables = fields.map('stageVariables', { max: 512, pattern: /^[A-Za-z0-9\-._~:/?#&=,]*$/ });
  const odd = Object.keys(variables ?? {}).find((key) => !/^[A-Za-z0-9_]{1,64}$/.test(key));
  if (odd !== undefined) throw badRequest(`Invalid stage variable name ${odd}: expected letters, digits and underscores`);
  return variables;
};

/** Reads what create and update share, on top of the stage as it is. */
const applied = (state: ApiState, current: Stage, fields: Fields): Stage => {
  const defaults = fields.nested('defaultRouteSettings');
  const settings = (fields.entries('routeSettings') ?? []).map(
    ([key, inner]) => [key, merge(current.routeSettings[key] ?? {}, readRouteSettings(inner))] as const,
  );
  const stage: Stage = {
    ...merge(current, {
      description: description(fields),
      accessLogSettings: readAccessLog(fields),
      autoDeploy: fields.flag('autoDeploy'),
      deploymentId: fields.text('deploymentId', { max: 64 }),
    } as Partial<Stage>),
    stageVariables: mergeMap(current.stageVariables, readVariables(fields)) ?? {},
    defaultRouteSettings: merge(current.defaultRouteSettings, defaults ? readRouteSettings(defaults) : {}),
    routeSettings: { ...current.routeSettings, ...Object.fromEntries(settings) },
  };
  checkStage(state, stage, fields);
  return stage;
};

const checkStage = (state: ApiState, stage: Stage, fields: Fields): void => {
  if (fields.has('clientCertificateId')) throw badRequest('ClientCertificateId is supported only for WebSocket APIs');
  if (Object.keys(stage.stageVariables).length > mostVariables)
    throw badRequest(`The number of stage variables exceeds the limit of ${mostVariables}`);
  if (fields.has('deploymentId')) {
    if (stage.autoDeploy) throw badRequest('DeploymentId cannot be specified for a stage with automatic deployment');
    if (!state.deployments.has(stage.deploymentId ?? '')) throw badRequest('Deployment id does not exist');
  }
  if (fields.has('routeSettings')) {
    const keys = new Set([...state.routes.values()].map(({ route }) => route.routeKey));
    const unknown = Object.keys(stage.routeSettings).find((key) => !keys.has(key));
    if (unknown !== undefined) throw notFound(`Unable to find Route by key ${unknown} within the provided RouteSettings`);
  }
};

const findStage = (state: ApiState, name: string): Stage => {
  const found = state.stages.get(name);
  if (found === undefined) throw notFound('Invalid stage identifier specified');
  return found;
};

/** Stores the stage; one that has just been put on automatic deployment gets its first deployment here. */
const put = (state: ApiState, stage: Stage, clock: () => number): Stage => {
  state.stages.set(stage.stageName, { ...stage, lastUpdatedDate: timestamp(clock) });
  if (stage.autoDeploy) deployAutomatically(state, clock);
  return findStage(state, stage.stageName);
};

const without = <Value>(map: Readonly<Record<string, Value>>, key: string): Record<string, Value> =>
  Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));

const path = '/v2/apis/{apiId}/stages';
const one = `${path}/{stageName}`;

export const stageOperations: readonly Operation[] = [
  {
    method: 'POST',
    path,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      const stageName = required('stageName', fields.text('stageName', { min: 1, max: 128 }));
      if (!/^(\$default|[A-Za-z0-9_-]+)$/.test(stageName))
        throw badRequest("Invalid stage name: expected '$default' or only letters, digits, hyphens and underscores");
      if (state.stages.has(stageName)) throw conflict('Stage already exists');
      if (state.stages.size >= mostStages) throw quotaReached('stages for this API', mostStages);
      const now = timestamp(store.clock);
      const blank: Stage = {
        autoDeploy: false,
        createdDate: now,
        defaultRouteSettings: { detailedMetricsEnabled: false },
        lastUpdatedDate: now,
        routeSettings: {},
        stageName,
        stageVariables: {},
        tags: checkTags(readTags(fields) ?? {}),
      };
      return created(put(state, applied(state, blank, fields), store.clock));
    },
  },
  { method: 'GET', path, run: (call) => ok(page(call, 'stages', findApi(call.store, call.region, call.param('apiId')).stages.values())) },
  {
    method: 'GET',
    path: one,
    run: ({ store, region, param }) => ok(findStage(findApi(store, region, param('apiId')), param('stageName'))),
  },
  {
    method: 'PATCH',
    path: one,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      return ok(put(state, applied(state, findStage(state, param('stageName')), fields), store.clock));
    },
  },
  {
    method: 'DELETE',
    path: one,
    run: ({ store, region, param }) => {
      const state = findApi(store, region, param('apiId'));
      state.stages.delete(findStage(state, param('stageName')).stageName);
      return gone;
    },
  },
  {
    method: 'DELETE',
    path: `${one}/accesslogsettings`,
    run: ({ store, region, param }) => {
      const state = findApi(store, region, param('apiId'));
      put(state, { ...findStage(state, param('stageName')), accessLogSettings: undefined }, store.clock);
      return gone;
    },
  },
  {
    method: 'DELETE',
    path: `${one}/routesettings/{routeKey}`,
    run: ({ store, region, param }) => {
      const state = findApi(store, region, param('apiId'));
      const stage = findStage(state, param('stageName'));
      if (!Object.hasOwn(stage.routeSettings, param('routeKey')))
        throw notFound(`Unable to find Route by key ${param('routeKey')} within the RouteSettings`);
      put(state, { ...stage, routeSettings: without(stage.routeSettings, param('routeKey')) }, store.clock);
      return gone;
    },
  },
];
