import { api } from './api.ts';
import { authorizer } from './authorizer.ts';
import { integration } from './integration.ts';
import { mapping } from './mapping.ts';
import { route } from './route.ts';
import { stage } from './stage.ts';

export type { ApiSpec } from './api.ts';
export type { AuthorizerSpec } from './authorizer.ts';
export type { IntegrationSpec } from './integration.ts';
export type { MappingSpec } from './mapping.ts';
export type { RouteSpec } from './route.ts';
export type { StageSpec } from './stage.ts';

/** The specs of API Gateway's kinds by name: `aws.route.address(api, key)`, `aws.route.is(object)`. */
export const aws = { api, authorizer, integration, route, stage, mapping } as const;
