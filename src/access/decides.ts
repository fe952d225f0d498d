import type { AuthenticationPattern, Blueprint, Service } from '../blueprint/types.ts';

/** No token has it: what a service demands until each of its routes demands its own. */
export const CLOSED_SCOPE = 'authctl:closed';

/** Services decide for themselves, by a module that is published beside the Rego. */
export const servicesDecide = ({ authorization: { pattern } }: Blueprint): boolean => pattern === 'decentralised' || pattern === 'hybrid';

/** Patterns in which Kong itself verifies the issuer's signature. */
const VERIFIED_AT_KONG: readonly AuthenticationPattern[] = ['sso', 'opaque', 'session'];

/** Kong verifies the token of every request to the service: a bad one never gets past it. */
export const gatewayVerifies = ({ authentication }: Service): boolean => VERIFIED_AT_KONG.includes(authentication.pattern);

/** The service verifies with `authctl-service`: alone, or once more behind a gateway, because nobody decides about unverified claims. */
export const serviceVerifies = (blueprint: Blueprint, { authentication }: Service): boolean =>
  authentication.pattern === 'jwt' || servicesDecide(blueprint);
