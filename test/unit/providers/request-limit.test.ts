import { expect, it } from 'vitest';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import { connectProviders } from '../../../src/providers/index.ts';
import { nobody } from '../app/targets.ts';

it.each(['soon', '5', '0s', '-1s'])('is a duration, and AUTHCTL_REQUEST_TIMEOUT=%s is none', async (stated) => {
  const blueprint = await loadBlueprint('blueprints/opaque.yaml', { env: nobody });
  await expect(connectProviders(blueprint, { AUTHCTL_REQUEST_TIMEOUT: stated })).rejects.toMatchObject({ code: 'TARGET_TIMEOUT', message: expect.stringContaining(`"${stated}"`) as string });
  const connected = await connectProviders(blueprint, { AUTHCTL_REQUEST_TIMEOUT: '5s' });
  expect(connected.map(({ name }) => name)).toEqual(['keycloak', 'kong']);
  await Promise.all(connected.map((provider) => provider.close?.()));
});
