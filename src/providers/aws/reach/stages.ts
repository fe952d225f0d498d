import type { Stage } from '@aws-sdk/client-apigatewayv2';
import type { Danger, Unseen } from '../../../core/resource.ts';
import type { Position } from '../../../core/problem.ts';
import { seenOf } from '../../../core/seen.ts';
import { placeText } from '../mapping-marks.ts';
import { aws } from '../specs/index.ts';
import type { ApiTree } from '../view.ts';
import { tagsIn } from './routes.ts';
import type { Mapped } from './read.ts';

interface Told {
  readonly dangers: readonly Danger[];
  readonly unseen: readonly Unseen[];
}

interface Ours {
  readonly tree: ApiTree;
  readonly origin: Position;
  /** The stages that the blueprint names. */
  readonly stated: readonly string[];
  /** Those of them that apply deploys, with what their deployment says of itself; `#` and its id where it is somebody else's. */
  readonly deployed?: ReadonlyMap<string, string>;
  /** A route of the API is open that the blueprint does not open. */
  readonly open: boolean;
}

/** Stages beside ours, and what ours serves when that is not what is configured. */
export const stageDangers = ({ tree, origin, stated, deployed, open }: Ours): Told => {
  const unseen: Unseen[] = [];
  const dangers = tree.stages.flatMap((stage): readonly Danger[] => {
    const { StageName: name = '', AutoDeploy = false, DeploymentId, LastDeploymentStatusMessage: last = '' } = stage;
    const ours = stated.includes(name);
    const failed = AutoDeploy && /fail|unable|error/i.test(last);
    // What is in one of apply's own is compared with the rest of the stage.
    if (ours && deployed?.get(name)?.startsWith('#') === false) return [];
    const frozen = !AutoDeploy && DeploymentId !== undefined;
    if (frozen || (failed && DeploymentId !== undefined))
      unseen.push({ target: 'aws', what: `what the stage ${name} of ${tree.id} serves`, why: `deployment ${String(DeploymentId)} is not what is configured now, and GetDeployment does not say what is in one` });
    if (ours && !failed) return frozen ? [danger('weakens', tree, stage, origin, `it serves deployment ${DeploymentId}, whatever is changed since`)] : [];
    if (ours) return [danger('weakens', tree, stage, origin, `its last deployment failed, and it serves what was there before: ${last}`)];
    const base = `${String(tree.api.ApiEndpoint)}/${name}`;
    if (DeploymentId === undefined) return [danger('differs', tree, stage, origin, `${base} is a stage of our API that the blueprint does not name, and nothing is deployed there`)];
    if (frozen) return [danger('weakens', tree, stage, origin, `${base} serves deployment ${DeploymentId} of our API, which nobody compares with the blueprint`)];
    return [danger(open ? 'opens' : 'differs', tree, stage, origin, `${base} serves our API a second time${open ? ', its open routes, too' : ''}, with limits and a log of its own`)];
  });
  return { dangers, unseen };
};

const danger = (effect: Danger['effect'], tree: ApiTree, stage: Stage, origin: Position, what: string): Danger => ({
  kind: aws.stage.kind,
  id: aws.stage.id(tree.id, String(stage.StageName)),
  effect,
  what,
  origin,
  hint: 'delete the stage, or accept it',
  seen: seenOf({ name: stage.StageName ?? null, auto: stage.AutoDeploy ?? false, frozen: stage.AutoDeploy ? null : (stage.DeploymentId ?? null), variables: stage.StageVariables ?? {} }),
  tags: tagsIn(tree),
});

/** Names under which our API answers, beside those that the blueprint states, and those of ours that it states no more. */
export const domainDangers = (mapped: readonly Mapped[], { tree, origin, told }: Pick<Ours, 'origin' | 'tree'> & { /** By the plan: `api.example.com/v1`. */ readonly told: readonly string[] }): readonly Danger[] =>
  mapped
    .filter(({ domain, mapping }) => mapping.ApiId === tree.api.ApiId && !told.includes(placeText({ domain: String(domain.DomainName), path: mapping.ApiMappingKey ?? '' })))
    .map(({ domain, mapping }) => {
      const name = String(domain.DomainName);
      const base = `https://${name}/${mapping.ApiMappingKey ?? ''}`;
      const mutual = domain.MutualTlsAuthentication?.TruststoreUri;
      return {
        kind: 'aws.domain',
        id: `${name}/${mapping.ApiMappingKey ?? ''}`,
        effect: 'differs',
        what: `${base} leads to the stage ${String(mapping.Stage)} of ${tree.id}${mutual === undefined ? '' : `, with client certificates of ${mutual}`}`,
        origin,
        hint: 'accept it when it is yours',
        seen: seenOf({ name, key: mapping.ApiMappingKey ?? '', stage: mapping.Stage ?? null }),
        tags: Object.entries(domain.Tags ?? {}).map(([key, value]) => (value === '' ? key : `${key}=${value}`)),
      };
    });
