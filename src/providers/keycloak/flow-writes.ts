import type { Position } from '../../core/problem.ts';
import { addressOf } from '../../core/resource.ts';
import type { Desired } from '../../core/resource.ts';
import { authorizationKept } from './authorization-kept.ts';
import { asNew, asOld } from './flow-tree.ts';
import type { HeldFlow } from './flow-tree.ts';
import { markedId } from './marked-ids.ts';
import { payloadOf } from './payload.ts';
import type { FlowRep, PartialExport, RealmRep } from './representations.ts';
import { appeared } from './session.ts';
import type { Session } from './session.ts';
import { BINDINGS } from './specs/flow-binding.ts';
import { configOf, stepTree } from './specs/flow.ts';
import type { FlowSpec, StepTree } from './specs/flow.ts';
import { nameIn } from './specs/id.ts';

type Wanted = Desired<FlowSpec>;

const all = ({ base }: Session): string => `${base}/authentication`;
export const flowPath = (session: Session, id: string): string => `${all(session)}/flows/${encodeURIComponent(id)}`;

/** Makes a flow with everything in it; of what this very run began and did not end it makes a new start. Nobody passes it yet. */
export const buildFlow = async (session: Session, desired: Wanted, id: string): Promise<void> => {
  const { spec, origin: at } = desired;
  const alias = nameIn(desired.id);
  const doing = `create authentication flow "${alias}"`;
  const { providerId, description, steps = {} } = spec;
  const body = { id, alias, providerId, description: description ?? '', topLevel: true, builtIn: false };
  const post = (): Promise<number> => session.admin.write('POST', `${all(session)}/flows`, { doing, at, accept: [409], body });
  if ((await post()) === 409) {
    const there = (await session.admin.list<{ readonly id: string; readonly alias: string }>(`${all(session)}/flows`, 'list the authentication flows')).find((one) => one.id === id);
    if (there?.alias !== alias) throw appeared(`authentication flow "${alias}"`, at);
    await session.admin.write('DELETE', flowPath(session, id), { doing: `begin again with authentication flow "${alias}"`, at, accept: [404] });
    if ((await post()) === 409) throw appeared(`authentication flow "${alias}"`, at);
  }
  await buildSteps(session, desired, { top: id, parentFlow: id, steps: stepTree(steps ?? {}) });
};

interface Building {
  /** The id of the flow that all of it is inside. */
  readonly top: string;
  readonly parentFlow: string;
  readonly steps: readonly StepTree[];
}

const buildSteps = async (session: Session, desired: Wanted, { top, parentFlow, steps }: Building): Promise<void> => {
  const doing = `create authentication flow "${nameIn(desired.id)}"`;
  const at = desired.origin;
  // One after the other: who is in the middle of it sees none of it, since nothing leads there.
  for (const [index, one] of steps.entries()) {
    const step = { parentFlow, requirement: one.requirement, priority: (index + 1) * 10, ...(one.authenticator != null && { authenticator: one.authenticator }) };
    const id = crypto.randomUUID();
    if (one.flowAlias == null) await session.admin.write('POST', `${all(session)}/executions`, { doing, at, body: { ...step, id, authenticatorFlow: false } });
    else {
      const flowId = await buildInside(session, desired, top, one);
      await session.admin.write('POST', `${all(session)}/executions`, { doing, at, body: { ...step, id, flowId, authenticatorFlow: true } });
      await buildSteps(session, desired, { top, parentFlow: flowId, steps: one.inside });
    }
    if (one.authenticatorConfig != null) {
      const config = payloadOf(configOf(desired.spec, one.authenticatorConfig));
      await session.admin.write('POST', `${all(session)}/executions/${id}/config`, { doing, at, body: { alias: one.authenticatorConfig, config } });
    }
  }
};

/** A flow inside the flow. A run that ended before it had a place left it where no list shows it, under an id that says so. */
const buildInside = async (session: Session, desired: Wanted, top: string, { flowAlias, providerId, description }: StepTree): Promise<string> => {
  const id = markedId(session.owner, `${addressOf(desired)} ${top} ${flowAlias}`);
  const alias = flowAlias ?? '';
  const write = { doing: `create authentication flow "${nameIn(desired.id)}"`, at: desired.origin };
  const body = { id, alias, providerId, description: description ?? '', topLevel: false, builtIn: false };
  const post = (): Promise<number> => session.admin.write('POST', `${all(session)}/flows`, { ...write, accept: [409], body });
  if ((await post()) !== 409) return id;
  if ((await session.admin.find<FlowRep>(flowPath(session, id), write.doing))?.alias === alias) await session.admin.write('DELETE', flowPath(session, id), { ...write, accept: [404] });
  if ((await post()) === 409) throw appeared(`authentication flow "${alias}"`, desired.origin);
  return id;
};

/** Gives the names of a flow free, for another that takes its place; who passes it goes on passing it. */
export const setAside = async (session: Session, held: HeldFlow, { origin: at }: Wanted): Promise<HeldFlow> => {
  const doing = `rename authentication flow "${asNew(held.alias)}"`;
  for (const { id, alias, config } of held.configs) {
    if (id === undefined || alias === asOld(alias)) continue;
    // A mask that is written back leaves what it hides as it is.
    await session.admin.write('PUT', `${all(session)}/config/${encodeURIComponent(id)}`, { doing, at, body: { id, alias: asOld(alias), config } });
  }
  for (const { id = '', alias, description, providerId, topLevel } of [...held.inside, held.rep])
    if (alias !== asOld(alias)) await session.admin.write('PUT', flowPath(session, id), { doing, at, body: { id, alias: asOld(alias), description, providerId, topLevel, builtIn: false } });
  const aside = <One extends { readonly alias: string }>(one: One): One => ({ ...one, alias: asOld(one.alias) });
  return { ...aside(held), rep: aside(held.rep), inside: held.inside.map(aside), configs: held.configs.map(aside) };
};

/** Everything that leads to a flow. */
export interface Uses {
  readonly bindings: readonly string[];
  readonly clients: readonly { readonly id: string; readonly clientId: string; readonly kept: object; readonly overrides: Readonly<Record<string, string>> }[];
  readonly providers: NonNullable<PartialExport['identityProviders']>;
}
export const isUsed = ({ bindings, clients, providers }: Uses): boolean => bindings.length + clients.length + providers.length > 0;

const BY_PROVIDERS = ['firstBrokerLoginFlowAlias', 'postBrokerLoginFlowAlias'] as const;

/** Asked at the moment at which something depends on it. */
export const usesOf = async (session: Session, { id, alias }: Pick<HeldFlow, 'id' | 'alias'>): Promise<Uses> => {
  const exported = await session.admin.exportRealm<PartialExport>(session.realm);
  if (exported === undefined || exported === 'forbidden') return { bindings: [], clients: [], providers: [] };
  return {
    bindings: BINDINGS.filter((field) => exported[field] === alias),
    clients: (exported.clients ?? []).flatMap((one) => {
      const overrides = Object.fromEntries(Object.entries(one.authenticationFlowBindingOverrides ?? {}).filter(([, flow]) => flow === id).map(([kind]) => [kind, id]));
      return Object.keys(overrides).length === 0 ? [] : [{ id: one.id, clientId: one.clientId, kept: authorizationKept(one), overrides }];
    }),
    providers: (exported.identityProviders ?? []).filter((one) => BY_PROVIDERS.some((field) => one[field] === alias)),
  };
};

/** Leads everything that led to one flow to another, each in one request: at no moment is there none. */
export const rebind = async (session: Session, old: Pick<HeldFlow, 'id' | 'alias'>, id: string, at: Position | undefined): Promise<void> => {
  const alias = asNew(old.alias);
  const doing = `lead to authentication flow "${alias}"`;
  const { bindings, clients, providers } = await usesOf(session, old);
  if (bindings.length > 0)
    await session.settings(async () => {
      // Whatever is sent of a realm, what stands among its attributes alone (how long a pushed request is good, CIBA) is set back to what Keycloak ships
      // where they are not sent along (measured with 26.7.4).
      const { attributes = {} } = await session.admin.read<RealmRep>(session.base, 'read the realm');
      await session.admin.write('PUT', session.base, { doing, at, body: { realm: session.realm, attributes, ...Object.fromEntries(bindings.map((field) => [field, alias])) } });
    });
  for (const one of clients) {
    const overrides = Object.fromEntries(Object.keys(one.overrides).map((kind) => [kind, id]));
    await session.admin.write('PUT', `${session.base}/clients/${one.id}`, { doing, at, body: { ...one.kept, clientId: one.clientId, authenticationFlowBindingOverrides: overrides } });
  }
  for (const one of providers) {
    const named = Object.fromEntries(BY_PROVIDERS.filter((field) => one[field] === old.alias).map((field) => [field, alias]));
    await session.admin.write('PUT', `${session.base}/identity-provider/instances/${encodeURIComponent(one.alias)}`, { doing, at, body: { ...one, ...named } });
  }
};
