import type { Effect } from '../../../core/resource.ts';
import { defineSpec, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** What a realm has a flow for. */
export const BINDINGS = ['browserFlow', 'registrationFlow', 'directGrantFlow', 'resetCredentialsFlow', 'clientAuthenticationFlow', 'dockerAuthenticationFlow', 'firstBrokerLoginFlow'] as const;
export type BindingField = (typeof BINDINGS)[number];
export const isBinding = (field: string): field is BindingField => BINDINGS.some((one) => one === field);

/** Which flow people pass: a setting of the realm that needs the flow to be there, so that it is an object of its own. */
export const flowBinding = defineSpec('keycloak.flow-binding', {
  always: { flow: text({ access: 'what is asked of whoever signs in', missing: (): Effect => 'weakens' }) },
  fields: {},
  id: (realm: string, field: BindingField): string => inRealm(realm, field),
});
export type FlowBindingSpec = SpecOf<typeof flowBinding>;
