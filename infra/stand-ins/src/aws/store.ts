import { randomBytes } from 'node:crypto';
import { notFound } from './fault.ts';
import type { RouteKey } from './route-key.ts';
import type { Api, ApiMapping, Authorizer, Clock, Cors, Deployment, DomainName, Integration, Route, Stage } from './types.ts';

/** A route with its key already read, so that neither a request nor a deployment parses it again. */
export interface KeyedRoute {
  readonly route: Route;
  readonly key: RouteKey;
}

/** What a deployment froze: the data plane sees this and never the API as it is being edited. */
export interface Configuration {
  readonly cors: Cors | undefined;
  readonly routes: readonly KeyedRoute[];
  readonly integrations: ReadonlyMap<string, Integration>;
  readonly authorizers: ReadonlyMap<string, Authorizer>;
}

export interface ApiState {
  readonly region: string;
  api: Api;
  readonly authorizers: Map<string, Authorizer>;
  readonly integrations: Map<string, Integration>;
  readonly routes: Map<string, KeyedRoute>;
  readonly stages: Map<string, Stage>;
  readonly deployments: Map<string, { readonly deployment: Deployment; readonly configuration: Configuration }>;
}

/** Everything the stand-in remembers; gone when it stops. */
export interface Store {
  readonly clock: Clock;
  readonly dataUrl: () => string;
  readonly apis: Map<string, ApiState>;
  /** Where a function runs, by its name: a server that speaks Lambda's Invoke (`POST /2015-03-31/functions/{name}/invocations`). */
  readonly functions: Map<string, string>;
  /** What stands in a VPC, by the ARN of its listener: its address, and the VPC link that leads there. */
  readonly listeners: Map<string, { readonly url: string; readonly link: string }>;
  readonly domains: Map<string, { readonly region: string; readonly domain: DomainName; readonly mappings: Map<string, ApiMapping> }>;
}

/** The account that every ARN and message names. */
export const accountId = '000000000000';

export const timestamp = (clock: Clock): string => new Date(Math.floor(clock()) * 1000).toISOString().replace('.000Z', 'Z');

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A fresh identifier in the service's own alphabet. Unused ones only: `taken` is asked. */
export const freshId = (length: number, taken: (id: string) => boolean): string => {
  for (;;) {
    const id = Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join('');
    if (!taken(id)) return id;
  }
};

/** The API of that id in the caller's region; NotFoundException otherwise. */
export const findApi = (store: Store, region: string, apiId: string): ApiState => {
  const state = store.apis.get(apiId);
  if (state?.region !== region) throw notFound(`Invalid API identifier specified ${accountId}:${apiId}`);
  return state;
};

/** The API as it is being edited: what a deployment made now would freeze. */
export const configurationOf = (state: ApiState): Configuration => ({
  cors: state.api.corsConfiguration,
  routes: [...state.routes.values()],
  integrations: new Map(state.integrations),
  authorizers: new Map(state.authorizers),
});

/** Freezes the API as it is now. The caller has checked that it may be deployed. */
export const addDeployment = (
  state: ApiState,
  clock: Clock,
  { description, autoDeployed }: { readonly description: string | undefined; readonly autoDeployed: boolean },
): Deployment => {
  const deployment: Deployment = {
    autoDeployed,
    createdDate: timestamp(clock),
    deploymentId: freshId(6, (id) => state.deployments.has(id)),
    deploymentStatus: 'DEPLOYED',
    description,
  };
  state.deployments.set(deployment.deploymentId, { deployment, configuration: configurationOf(state) });
  return deployment;
};

const forgetUnusedAutomatic = (state: ApiState): void => {
  const used = new Set([...state.stages.values()].map(({ deploymentId }) => deploymentId));
  for (const [id, { deployment }] of state.deployments) if (deployment.autoDeployed && !used.has(id)) state.deployments.delete(id);
};

/**
 * To be called after every change: moves stages with automatic deployment onto a new deployment. Without a single route a
 * deployment fails, and the stage then serves nothing. Automatic deployments that no stage uses any more are dropped.
 */
export const deployAutomatically = (state: ApiState, clock: Clock): void => {
  const stages = [...state.stages.values()].filter(({ autoDeploy }) => autoDeploy);
  if (stages.length === 0) return;
  const lastUpdatedDate = timestamp(clock);
  const deployed = state.routes.size > 0;
  const deploymentId = deployed
    ? addDeployment(state, clock, {
        autoDeployed: true,
        description: 'Automatic deployment triggered by changes to the Api configuration',
      }).deploymentId
    : undefined;
  const lastDeploymentStatusMessage = deployed
    ? `Successfully deployed stage with deployment ID '${deploymentId}'`
    : 'Deployment attempt failed: Unable to deploy API because no routes exist in this API';
  for (const stage of stages) {
    state.stages.set(stage.stageName, { ...stage, deploymentId, lastDeploymentStatusMessage, lastUpdatedDate });
  }
  forgetUnusedAutomatic(state);
};
