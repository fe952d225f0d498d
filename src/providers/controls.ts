import { adminBaseOf } from '../blueprint/issuer.ts';
import type { Blueprint, KeycloakTarget } from '../blueprint/types.ts';
import type { Effect } from '../core/resource.ts';

/** What manages a gateway, decides for it, or says who somebody is: nobody should get there through a gateway. */
export interface Control {
  readonly url: string;
  readonly what: string;
  /** It guards itself: what it does to lead there, by the path below its URL. Unstated: whoever gets there needs nothing. */
  readonly parts?: readonly { readonly below: string; readonly what: string; readonly effect: Effect }[];
}

/** What every gateway of a blueprint has behind it, whichever that is. */
export const controlsOf = ({ kong, opa, keycloak }: Partial<Blueprint['targets']>): readonly Control[] => [
  // Konnect asks everybody for a token.
  ...(kong && !kong.konnect ? [{ url: kong.admin.url, what: "Kong's Admin API" }] : []),
  ...(opa?.servers ?? []).map((url) => ({ url, what: 'the API of OPA' })),
  ...(keycloak ? issuers(keycloak) : []),
];

/** Keycloak asks for a proof itself; but who rules it is let in from outside, and who signs in may be sent there by another name. */
const issuers = (keycloak: KeycloakTarget): readonly Control[] => {
  const parts = [
    { below: '/admin', what: "Keycloak's administration", effect: 'opens' },
    { below: '/realms', what: 'where Keycloak signs people in', effect: 'weakens' },
  ] as const;
  const bases = new Set([keycloak.url, adminBaseOf(keycloak), keycloak.backchannel ?? keycloak.url]);
  return [...bases].map((url) => ({ url, what: 'Keycloak', parts }));
};

/** What of a control a request gets to by paths that begin like these; `undefined` where that is none of its parts. */
export const partOf = (control: Control, reaches: (below: string) => boolean): { readonly what: string; readonly effect: Effect } | undefined => {
  const base = new URL(control.url).pathname.replace(/\/$/, '');
  return control.parts === undefined ? { what: control.what, effect: 'opens' } : control.parts.find(({ below }) => reaches(`${base}${below}`));
};
