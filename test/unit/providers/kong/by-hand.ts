import { generateKeyPairSync } from 'node:crypto';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { addressOfChange, changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { Plan } from '../../../../src/core/plan.ts';
import type { Provider } from '../../../../src/core/provider.ts';
import { ofKong, providerAt } from './embedded.ts';
import { kongHand } from '../../../stack/sabotages/kong-hand.ts';
import type { Line } from '../../../stack/sabotages/table.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;

/** A gateway in this process that has what a blueprint wants of Kong, and somebody at its Admin API. */
export const goodGateway = async (blueprint: Blueprint) => {
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  const connect = (): Provider => providerAt(kong, blueprint, blueprint.targets.kong && { proxy: blueprint.targets.kong.proxy });
  const wanted = ofKong(blueprint, [{ kid: 'kid-1', alg: 'RS256', pem }]);
  const plan = async (): Promise<Plan> => {
    const provider = connect();
    const made = await makePlan([provider], wanted);
    await provider.close?.();
    return made;
  };
  const provider = connect();
  const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], wanted), options: {} });
  await provider.close?.();
  return {
    kong,
    hand: kongHand(kong.admin.url, blueprint.targets.keycloak?.url, kong.proxy.url),
    /** What was not made: nothing. */
    failed: results.filter(({ outcome }) => outcome !== 'done'),
    plan,
    /** What drift says. How bad a change is, too, as the objects alone tell it. */
    lines: async (): Promise<readonly Line[]> =>
      changesOf(await plan())
        .filter(({ action }) => action !== 'keep')
        .map((change) => ({ action: change.action, address: addressOfChange(change), ...(change.effect !== undefined && { effect: change.effect }) })),
  };
};
