/**
 * Keycloak takes the authorization services of a client away, with all that they decide by, whenever a client is written and it is not said that they are on
 * (measured with 26.7.4): goes into every body that does not state the switch itself.
 */
export const authorizationKept = ({ authorizationServicesEnabled }: { readonly authorizationServicesEnabled?: unknown }): { readonly authorizationServicesEnabled?: true } =>
  authorizationServicesEnabled === true ? { authorizationServicesEnabled } : {};
