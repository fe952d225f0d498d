import { setTimeout as wait } from 'node:timers/promises';
import { GetDeploymentsCommand } from '@aws-sdk/client-apigatewayv2';
import { Problem } from '../../core/problem.ts';
import type { AwsClient } from './view.ts';

const BOUND = 20_000;
/** Reads in a row without a deployment under way: AWS begins one a moment after the write that causes it. */
const QUIET = 2;

/**
 * Waits until no automatic deployment of our APIs is under way. Throws `AWS_DEPLOYMENT_FAILED`, or `AWS_NOT_IN_FORCE` after 20 s.
 * The management API knows no stronger sign that a change is being served. `pause` is in milliseconds.
 */
export const settleDeployments = async (
  { send }: Pick<AwsClient, 'send'>,
  apiIds: readonly string[],
  pause: number,
  { now = Date.now, sleep = wait }: { readonly now?: () => number; readonly sleep?: (milliseconds: number) => Promise<unknown> } = {},
): Promise<void> => {
  const begun = now();
  for (let quiet = 0; ;) {
    const newest = (await Promise.all(apiIds.map((ApiId) => send(new GetDeploymentsCommand({ ApiId, MaxResults: '100' }))))).map(
      ({ Items = [] }) => Items.toSorted((a, b) => (b.CreatedDate?.getTime() ?? 0) - (a.CreatedDate?.getTime() ?? 0)),
    );
    const failed = newest.map(([first]) => first).find((first) => first?.DeploymentStatus === 'FAILED');
    if (failed)
      throw new Problem('AWS_DEPLOYMENT_FAILED', `AWS could not deploy the API: ${failed.DeploymentStatusMessage ?? 'no reason given'}`);
    quiet = newest.flat().some(({ DeploymentStatus }) => DeploymentStatus === 'PENDING') ? 0 : quiet + 1;
    if (quiet >= QUIET) return;
    if (now() - begun > BOUND)
      throw new Problem('AWS_NOT_IN_FORCE', 'AWS is still deploying the API after 20 s', {
        hint: 'look at the deployments of the API, then apply again',
      });
    await sleep(pause);
  }
};
