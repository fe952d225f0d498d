import { problemCodes } from '../../problems/problem-meaning.ts';

export const keycloakProblems = problemCodes({
  KEYCLOAK_CONFLICT: { meaning: 'Somebody else made an object of this name since the plan.', next: 'Plan again: it is shown as blocked.' },
  KEYCLOAK_FORBIDDEN: { meaning: 'The service account may not do it.', next: 'Give it the realm role `admin`, or the management roles of the realm.' },
  KEYCLOAK_IN_USE: { meaning: 'What is stated no more cannot go: something that stays stands on it, and Keycloak would delete that with it.', next: 'State it again, or take it out of what stands on it: there or, where nobody stated that, in Keycloak.' },
  KEYCLOAK_ISSUER: { meaning: 'What Keycloak says its tokens carry as `iss` is not what the blueprint says.', next: 'State it in `targets.keycloak.issuer`, or give Keycloak the address that people use.' },
  KEYCLOAK_LENGTH: { meaning: 'The user profile of the realm takes no username, or no value of an attribute, that is so short or so long.', next: 'Choose another, or state other limits in `raw.keycloak.entities.userAttributes`.' },
  KEYCLOAK_MASKED: { meaning: 'Keycloak hides a secret of a setting that would be written as a whole, which would destroy it.', next: 'State the secret as a reference, too.' },
  KEYCLOAK_NAME_TAKEN: { meaning: 'Something else in the realm is called so already, and such names are taken once.', next: 'Choose another; what Keycloak ships is never changed, but can be copied under another name.' },
  KEYCLOAK_NOT_A_SETTING: { meaning: 'A field of `raw.keycloak.realm` is an object of its own, and Keycloak ignores it there.', next: 'Declare the object in the blueprint, or make it in Keycloak.' },
  KEYCLOAK_NOT_KEYCLOAK: { meaning: 'What answers is not Keycloak, or has no such realm to log in to.', next: '`targets.keycloak.url` is the base URL, without /realms; `targets.keycloak.admin` is where the Admin API answers, if elsewhere.' },
  KEYCLOAK_NO_EXCHANGE: { meaning: 'The blueprint takes JWTs by token exchange alone, and this Keycloak makes none.', next: 'Switch its feature `token-exchange-standard` on, or say `jwt: auto`.' },
  KEYCLOAK_NO_REALM: { meaning: 'A realm that the blueprint shares with others is not there.', next: 'Make it first, or let one blueprint own it.' },
  KEYCLOAK_NO_SUCH_NAME: { meaning: 'Keycloak has no role, scope, flow or authenticator of a name that is needed.', next: 'Declare it in the blueprint, or make it in Keycloak first.' },
  KEYCLOAK_POLICY_TYPE: { meaning: 'A policy of authorization services is there, and of another type: Keycloak changes no type.', next: 'Give the new one another name, or delete the old one in Keycloak.' },
  KEYCLOAK_REALM_KEPT: { meaning: 'A realm is never deleted by authctl: it holds every account of its users.', next: 'Delete it in Keycloak.' },
  KEYCLOAK_REFUSED: { meaning: 'Keycloak refused a request.', next: 'Its own words are quoted.' },
  KEYCLOAK_UNAUTHORIZED: { meaning: 'The service account cannot log in, or its token is not accepted.', next: 'Check `targets.keycloak.credentials`; the client needs "Service accounts roles" switched on.' },
});
