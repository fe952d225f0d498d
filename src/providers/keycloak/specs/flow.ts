import type { SpecValue } from '../../../core/resource.ts';
import { defineSpec, flag, map, number, record, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

const step = record({
  /** Where it stands among those beside it, from 1. */
  place: number(),
  /** REQUIRED, ALTERNATIVE, CONDITIONAL or DISABLED. */
  requirement: text(),
  authenticator: text(),
  /** Of a flow inside the flow. */
  flowAlias: text(),
  providerId: text(),
  description: text(),
  authenticatorConfig: text(),
});

/** A way to sign in with all the flows inside it: one object, which is there whole or not at all. */
export const flow = defineSpec('keycloak.flow', {
  always: { providerId: text({ default: 'basic-flow', access: 'whether people pass it or clients' }) },
  fields: {
    description: text({ default: null }),
    steps: map(step, { default: {}, whole: true, access: 'what is asked of whoever passes', about: 'by authenticator; those of a flow inside it by `its alias/authenticator`' }),
    config: map(text(), { default: {}, whole: true, access: 'how the steps judge', about: 'by `alias/field`' }),
    replacing: flag({ default: null, about: 'the flow that it takes the place of is still there' }),
  },
  id: inRealm,
});
export type FlowSpec = SpecOf<typeof flow>;

/** One step as an export has it, and as a blueprint states it. */
interface ExecutionForm {
  readonly authenticator?: string;
  readonly flowAlias?: string;
  readonly requirement?: string;
  readonly priority?: number;
  readonly authenticatorConfig?: string;
}
export interface FlowForm {
  readonly alias: string;
  readonly description?: string;
  readonly providerId?: string;
  readonly authenticationExecutions?: readonly ExecutionForm[];
}
/** The flows and configurations of a realm, live or stated, by alias. */
export interface FlowForms {
  readonly flows: ReadonlyMap<string, FlowForm>;
  readonly configs: ReadonlyMap<string, Readonly<Record<string, SpecValue>>>;
}

type Step = NonNullable<NonNullable<FlowSpec['steps']>[string]>;

/** A flow and all that is inside it as one spec. */
export const flowSpec = (top: FlowForm, forms: FlowForms): FlowSpec => {
  const steps = Object.fromEntries(stepsOf(top, forms, '', [top.alias]));
  const used = new Set(Object.values(steps).flatMap(({ authenticatorConfig }) => authenticatorConfig ?? []));
  const config = [...used].flatMap((alias) => Object.entries(forms.configs.get(alias) ?? {}).map(([field, value]) => [`${partOf(alias)}/${field}`, value] as const));
  return flow.read({ providerId: top.providerId ?? 'basic-flow', ...described(top), steps, config: Object.fromEntries(config) });
};

const stepsOf = (inside: FlowForm, forms: FlowForms, prefix: string, above: readonly string[]): readonly (readonly [string, Step])[] => {
  const met = new Map<string, number>();
  const inOrder = (inside.authenticationExecutions ?? []).toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
  return inOrder.flatMap(({ authenticator, flowAlias, requirement = 'DISABLED', authenticatorConfig }, at) => {
    const name = partOf(flowAlias ?? authenticator ?? '');
    const again = (met.get(name) ?? 0) + 1;
    met.set(name, again);
    const key = `${prefix}${again === 1 ? name : `${name} (${again})`}`;
    const below = flowAlias === undefined || above.includes(flowAlias) ? undefined : forms.flows.get(flowAlias);
    const one: Step = {
      place: at + 1,
      requirement,
      ...(authenticator !== undefined && { authenticator }),
      ...(flowAlias !== undefined && { flowAlias, providerId: below?.providerId ?? 'basic-flow', ...(below && described(below)) }),
      authenticatorConfig: authenticatorConfig ?? null,
    };
    return [[key, one] as const, ...(below === undefined ? [] : stepsOf(below, forms, `${key}/`, [...above, below.alias]))];
  });
};

/** Keycloak keeps an empty text where nobody said anything. */
const described = ({ description }: FlowForm): { readonly description?: string | null } => (description === undefined ? {} : { description: description === '' ? null : description });

/** A name as part of a path: it keeps no slash. */
const partOf = (name: string): string => name.replace(/[%/]/g, encodeURIComponent);

/** One of a spec again, with those inside it. */
export interface StepTree extends Step {
  readonly key: string;
  readonly inside: readonly StepTree[];
}
export const stepTree = (steps: NonNullable<FlowSpec['steps']>, above = ''): readonly StepTree[] =>
  Object.entries(steps)
    .flatMap(([key, one]) => (one !== null && key.slice(0, key.lastIndexOf('/') + 1) === above ? [{ ...one, key, inside: stepTree(steps, `${key}/`) }] : []))
    .toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0));

/** What is configured under an alias. */
export const configOf = (spec: Pick<FlowSpec, 'config'>, alias: string): Readonly<Record<string, SpecValue>> => {
  const start = `${partOf(alias)}/`;
  return Object.fromEntries(Object.entries(spec.config ?? {}).flatMap(([path, value]) => (path.startsWith(start) && value !== null ? [[path.slice(start.length), value] as const] : [])));
};
