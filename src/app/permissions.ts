import type { Blueprint } from '../blueprint/types.ts';
import type { Report } from '../core/report.ts';
import { expand } from '../patterns/index.ts';
import { providers } from '../providers/index.ts';
import { bucketGrant, grantsOf } from '../providers/grants.ts';
import type { Grant } from '../providers/grants.ts';
import { leastRights, rightsToPrune } from '../providers/permissions.ts';
import type { LoginFor } from '../providers/permissions.ts';
import { loadForTargets } from './examine.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface PermissionsRequest {
  /** Whose login it is: what it does at the most. */
  readonly login: LoginFor;
}

export interface PermissionsFound {
  readonly login: LoginFor;
  readonly targets: Readonly<Record<string, { readonly rights: readonly string[]; readonly optional: readonly string[]; readonly grants: readonly Grant[] }>>;
}

/** The least that a login needs at each target, by one table of each provider. Nothing is contacted. */
export const permissions = async (run: Run, source: BlueprintSource, { login }: PermissionsRequest): Promise<Report<PermissionsFound>> => {
  const blueprint = await loadForTargets(run, source, run.loadOffline);
  const { desired, deferred } = expand(blueprint);
  const wanted = [...new Set([...desired, ...deferred].map(({ kind }) => kind))];
  const targets = Object.fromEntries(
    providers
      .filter(({ name }) => blueprint.targets[name] !== undefined)
      .map(({ name, permissions: table }) => {
        // To a target that is only looked at nothing is ever written.
        const asked = blueprint.targets[name]?.manage === 'none' ? 'verify' : login;
        const rights = leastRights(table, asked, wanted);
        const [optional, why] = login === 'drift' ? [table.who, 'to say who changed what was found'] : [rightsToPrune(table, asked, wanted), 'to delete what the blueprint does not have any more (--prune, rollback, destroy)'];
        const more = optional.length === 0 ? [] : grantsOf(name, optional, blueprint, login).map(({ what, text }) => ({ what: `${what}; ${why}, and may be left out`, text }));
        return [name, { rights, optional, grants: [...grantsOf(name, rights, blueprint, login), ...more] }] as const;
      }),
  );
  const stated = run.env['AUTHCTL_JOURNAL'] ?? '';
  const needs = stated === '' || login === 'plan' ? {} : { journal: await journalNeeds(stated, login) };
  const found = { ...targets, ...needs };
  return { command: 'permissions', blueprint: blueprint.name, problems: [], data: { login, targets: found }, text: textOf(blueprint, login, found) };
};

/** Who writes notes it, and may have its lock there. Who only looks reads what runs did: `drift` says since which, `verify --changed` what they touched. */
const journalNeeds = async (stated: string, login: LoginFor) => {
  const rights = login === 'apply' || login === 'destroy' || login === 'verify --disruptive' ? ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'] : ['s3:GetObject'];
  const { objectsOf } = await import('../journal/bucket.ts');
  return { rights: ['s3:ListBucket', ...rights], optional: [], grants: [bucketGrant(`the bucket in which runs are noted (AUTHCTL_JOURNAL)`, objectsOf(stated), rights)] };
};

const textOf = ({ name }: Blueprint, login: LoginFor, targets: PermissionsFound['targets']): string =>
  [
    `The least that the login of authctl ${login} needs for "${name}"`,
    ...Object.values(targets).flatMap(({ grants }) => grants.flatMap(({ what, text }) => ['', what, ...text.split('\n').map((line) => `    ${line}`)])),
  ].join('\n');
