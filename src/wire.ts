import type { Blueprint } from './blueprint/types.ts';
import type { Provider } from './core/provider.ts';

/** Connects the providers whose target the blueprint gives. Each is loaded only when it is needed: the AWS SDK alone costs a third of a second. */
export const connectProviders = async (blueprint: Blueprint): Promise<readonly Provider[]> =>
  Promise.all([
    ...(blueprint.targets.keycloak ? [import('./providers/keycloak/index.ts').then(({ connectKeycloak }) => connectKeycloak(blueprint))] : []),
    ...(blueprint.targets.kong ? [import('./providers/kong/index.ts').then(({ connectKong }) => connectKong(blueprint))] : []),
    ...(blueprint.targets.opa ? [import('./providers/opa/index.ts').then(({ connectOpa }) => connectOpa(blueprint, findOpa))] : []),
    ...(blueprint.targets.aws ? [import('./providers/aws/index.ts').then(({ connectAws }) => connectAws(blueprint))] : []),
  ]);

/** Loaded when a bundle is built: most commands never ask. */
const findOpa = async (given: string | undefined): Promise<string | undefined> => (await import('./stack/opa/find.ts')).opaAtHand({ given });
