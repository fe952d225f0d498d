import { isOnlyLookedAt } from '../blueprint/looking.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { Provider } from '../core/provider.ts';
import type { ProviderDefinition } from './definition.ts';
import { aws } from './aws/definition.ts';
import { keycloak } from './keycloak/definition.ts';
import { kong } from './kong/definition.ts';
import { opa } from './opa/definition.ts';
import { requestLimitIn } from './request-limit.ts';

/** Every provider: whoever wants all of them, or all their kinds, walks this. */
export const providers: readonly ProviderDefinition[] = [keycloak, kong, opa, aws];

/** Connects the providers whose target the blueprint gives. Each is loaded only when it is needed: the AWS SDK alone costs a third of a second. */
export const connectProviders = async (blueprint: Blueprint, env: NodeJS.ProcessEnv = process.env): Promise<readonly Provider[]> => {
  const limitMs = requestLimitIn(env);
  const targets = providers
    .filter(({ name }) => blueprint.targets[name] !== undefined)
    .map(async ({ name, connect, specs, demands = () => true, means = () => false }) => {
      const fields = new Map(specs.map((spec) => [spec.kind, spec.fields]));
      return { ...(await connect(blueprint, env, limitMs)), fieldsOf: (kind: string) => fields.get(kind), ...(isOnlyLookedAt(blueprint, name) && { looking: { demands, means } }) };
    });
  return [...(await connectIssuers(blueprint, limitMs)), ...(await Promise.all(targets))];
};

/** They are no targets: nothing of ours is there. */
const connectIssuers = async (blueprint: Blueprint, limitMs: number | undefined): Promise<readonly Provider[]> => {
  if (!blueprint.foreign && Object.keys(blueprint.issuers).length === 0) return [];
  const { connectForeignIssuer, connectFurtherIssuers } = await import('./foreign-issuer.ts');
  return [...(blueprint.foreign ? [connectForeignIssuer(blueprint, limitMs)] : []), ...connectFurtherIssuers(blueprint, limitMs)];
};
