import { diffSpec } from '../../core/diff.ts';
import type { Spec, SpecValue } from '../../core/resource.ts';
import { Secret } from '../../core/secret.ts';
import { withWholeMaps } from '../../core/whole-maps.ts';
import { MASK } from './payload.ts';
import type { AuthenticatorConfigRep, FlowRep, PartialExport } from './representations.ts';
import { flow, flowSpec } from './specs/flow.ts';
import type { FlowSpec } from './specs/flow.ts';

/** What a flow is called whose place another takes, and everything in it, while it is still passed. */
const OLD = ' ~old';
export const asOld = (name: string): string => (name.endsWith(OLD) ? name : `${name}${OLD}`);
export const asNew = (name: string): string => (name.endsWith(OLD) ? name.slice(0, -OLD.length) : name);

/** A flow of a realm that Keycloak did not ship, with everything that goes with it. */
export interface HeldFlow {
  readonly id: string;
  readonly alias: string;
  readonly rep: FlowRep;
  readonly inside: readonly FlowRep[];
  readonly configs: readonly AuthenticatorConfigRep[];
}

export const flowsIn = (exported: Pick<PartialExport, 'authenticationFlows' | 'authenticatorConfig'> | undefined): readonly HeldFlow[] => {
  const flows = new Map((exported?.authenticationFlows ?? []).map((one) => [one.alias, one]));
  const configs = new Map((exported?.authenticatorConfig ?? []).map((one) => [one.alias, one]));
  const below = (rep: FlowRep, seen: readonly string[]): readonly FlowRep[] =>
    (rep.authenticationExecutions ?? []).flatMap(({ flowAlias }) => {
      const one = flowAlias === undefined || seen.includes(flowAlias) ? undefined : flows.get(flowAlias);
      return one === undefined ? [] : [one, ...below(one, [...seen, one.alias])];
    });
  return [...flows.values()].flatMap((rep) => {
    if (rep.id === undefined || rep.topLevel !== true || rep.builtIn === true) return [];
    const inside = below(rep, [rep.alias]);
    const used = [rep, ...inside].flatMap(({ authenticationExecutions = [] }) => authenticationExecutions.flatMap(({ authenticatorConfig }) => configs.get(authenticatorConfig ?? '') ?? []));
    return [{ id: rep.id, alias: rep.alias, rep, inside, configs: used }];
  });
};

/** As it is stated, whether or not another is about to take its place. What Keycloak hides of it counts as stated while that is `unchanged`. */
export const specOf = ({ rep, inside, configs }: HeldFlow, stated: Spec, unchanged: () => boolean): FlowSpec => {
  const named = (one: FlowRep): FlowRep => ({
    ...one,
    alias: asNew(one.alias),
    authenticationExecutions: (one.authenticationExecutions ?? []).map(({ flowAlias, authenticatorConfig, ...step }) => ({
      ...step,
      ...(flowAlias !== undefined && { flowAlias: asNew(flowAlias) }),
      ...(authenticatorConfig !== undefined && { authenticatorConfig: asNew(authenticatorConfig) }),
    })),
  });
  const spec = flowSpec(named(rep), {
    flows: new Map(inside.map((one) => [asNew(one.alias), named(one)])),
    configs: new Map(configs.map(({ alias, config = {} }) => [asNew(alias), Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ''))])),
  });
  const seen = (live: SpecValue, wanted: SpecValue | undefined): SpecValue => {
    if (live === MASK && wanted !== undefined) return unchanged() ? wanted : null;
    return wanted instanceof Secret && typeof live === 'string' ? new Secret(live) : live;
  };
  const config = Object.fromEntries(Object.entries(spec.config ?? {}).map(([path, live]) => [path, seen(live, stated[path])]));
  return { ...spec, config: config as NonNullable<FlowSpec['config']> };
};

/** The fields by which a flow is not as it is stated; whether another has yet to take its place is none of them. */
export const differencesOf = ({ replacing: _not, ...stated }: FlowSpec, held: FlowSpec): readonly string[] => diffSpec(withWholeMaps(flow.fields, stated, held), held).map(({ path }) => path);
