import type { Blueprint } from '../blueprint/types.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import { seenOf } from '../core/seen.ts';
import { aws } from '../providers/aws/specs/index.ts';

/** What a deployment holds of an API beside its name and its tags. */
const served = (object: Desired): Desired['spec'] | undefined => {
  if (aws.api.is(object)) return { CorsConfiguration: object.spec.CorsConfiguration ?? null };
  return aws.authorizer.is(object) || aws.integration.is(object) || aws.route.is(object) ? object.spec : undefined;
};

/**
 * Where stages do not deploy by themselves, each says which configuration it is to serve, by a fingerprint of everything that a deployment freezes: a
 * route that is another one asks for another deployment. GetDeployment does not say what is in one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
 */
export const withDeployments = ({ targets }: Pick<Blueprint, 'targets'>, made: readonly Desired[]): readonly Desired[] => {
  if (targets.aws?.autoDeploy !== false) return made;
  const held = made.flatMap((object): readonly (readonly [string, Desired['spec']])[] => {
    const spec = served(object);
    return spec === undefined ? [] : [[addressOf(object), spec]];
  });
  const Deployment = seenOf(Object.fromEntries(held));
  return made.map((object) => (aws.stage.is(object) && object.spec.AutoDeploy === false ? { ...object, spec: { ...object.spec, Deployment } } : object));
};
