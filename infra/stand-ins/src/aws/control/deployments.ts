import { badRequest, notFound } from '../fault.ts';
import { addDeployment, findApi, timestamp, type ApiState } from '../store.ts';
import type { Deployment } from '../types.ts';
import { description } from './fields.ts';
import { created, gone, ok, type Operation } from './operation.ts';
import { page } from './paging.ts';

const findDeployment = (state: ApiState, id: string): Deployment => {
  const found = state.deployments.get(id);
  if (found === undefined) throw notFound(`Invalid deployment identifier specified ${id}`);
  return found.deployment;
};

const path = '/v2/apis/{apiId}/deployments';

export const deploymentOperations: readonly Operation[] = [
  {
    method: 'POST',
    path,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      const stageName = fields.text('stageName', { min: 1, max: 128 });
      const stage = stageName === undefined ? undefined : state.stages.get(stageName);
      if (stageName !== undefined && stage === undefined) throw notFound('Invalid stage identifier specified');
      if (stage?.autoDeploy) throw badRequest(`Deployment to stage ${stage.stageName} is not allowed, because it deploys automatically`);
      if (state.routes.size === 0) throw badRequest('Unable to deploy API because no routes exist in this API');
      const deployment = addDeployment(state, store.clock, { description: description(fields), autoDeployed: false });
      if (stage) {
        const lastUpdatedDate = timestamp(store.clock);
        state.stages.set(stage.stageName, { ...stage, deploymentId: deployment.deploymentId, lastUpdatedDate });
      }
      return created(deployment);
    },
  },
  {
    method: 'GET',
    path,
    run: (call) => {
      const { deployments } = findApi(call.store, call.region, call.param('apiId'));
      return ok(
        page(
          call,
          'deployments',
          [...deployments.values()].map(({ deployment }) => deployment),
        ),
      );
    },
  },
  {
    method: 'GET',
    path: `${path}/{deploymentId}`,
    run: ({ store, region, param }) => ok(findDeployment(findApi(store, region, param('apiId')), param('deploymentId'))),
  },
  {
    method: 'PATCH',
    path: `${path}/{deploymentId}`,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      const current = findDeployment(state, param('deploymentId'));
      const deployment = { ...current, description: description(fields) ?? current.description };
      const held = state.deployments.get(current.deploymentId);
      if (held) state.deployments.set(current.deploymentId, { ...held, deployment });
      return ok(deployment);
    },
  },
  {
    method: 'DELETE',
    path: `${path}/{deploymentId}`,
    run: ({ store, region, param }) => {
      const state = findApi(store, region, param('apiId'));
      const { deploymentId } = findDeployment(state, param('deploymentId'));
      if ([...state.stages.values()].some((stage) => stage.deploymentId === deploymentId)) {
        throw badRequest('Active stages pointing to this deployment must be moved or deleted');
      }
      state.deployments.delete(deploymentId);
      return gone;
    },
  },
];
