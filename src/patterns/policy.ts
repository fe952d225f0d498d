import type { Blueprint } from '../blueprint/types.ts';
import type { Address } from '../core/resource.ts';
import { servicesDecide } from '../access/index.ts';
import { bundleOf, shownSignature } from '../providers/opa/bundle.ts';
import { opa } from '../providers/opa/specs/index.ts';
import { made } from './objects.ts';
import type { Part } from './objects.ts';

/**
 * The policy of every authorization pattern: Rego beside the facts of the blueprint, under one revision that every OPA must report. Where
 * services decide themselves, the same revision as a module, which every service with a status must report.
 */
export const policyPart = (blueprint: Blueprint): Part => {
  const servers = blueprint.targets.opa?.servers ?? [];
  if (blueprint.authorization.bundle) return existingPart(blueprint, blueprint.authorization.bundle, servers);
  const { revision, files } = bundleOf(blueprint);
  const signing = blueprint.targets.opa?.bundle.signing;
  const services = Object.values(blueprint.services).filter(({ status }) => status !== undefined);
  return {
    desired: [
      made(blueprint, 'authorization', opa.bundle, [blueprint.name], {
        revision,
        files: { ...files },
        signature: signing === undefined ? null : shownSignature(signing),
        active: Object.fromEntries(servers.map((url) => [url, revision])),
        ...(servicesDecide(blueprint) && { module: revision }),
        ...(services.length > 0 && { services: Object.fromEntries(services.map(({ id }) => [id, revision])) }),
      }),
    ],
  };
};

/** What must be in force before a gateway asks: the policy, where it is known which that is. */
export const beforeAsking = ({ name, authorization: { bundle, read } }: Blueprint): readonly Address[] =>
  bundle === undefined ? [opa.bundle.address(name)] : read === undefined ? [] : [opa.bundle.address(bundle.name)];

/**
 * What somebody else publishes, by what it really holds: only the revision can be another one than the blueprint says, at its address, at an OPA or at a
 * service. Nothing before it was read.
 */
const existingPart = (blueprint: Blueprint, bundle: NonNullable<Blueprint['authorization']['bundle']>, servers: readonly string[]): Part => {
  const { read } = blueprint.authorization;
  if (read === undefined) return { desired: [] };
  const revision = bundle.revision ?? read.revision;
  const services = Object.values(blueprint.services).filter(({ status }) => status !== undefined);
  return {
    desired: [
      made(blueprint, 'authorization.bundle', opa.bundle, [bundle.name], {
        revision,
        digest: bundle.digest ?? read.digest,
        files: { ...read.files },
        active: Object.fromEntries(servers.map((url) => [url, revision])),
        ...(read.module !== undefined && { module: revision }),
        ...(services.length > 0 && { services: Object.fromEntries(services.map(({ id }) => [id, revision])) }),
      }),
    ],
  };
};
