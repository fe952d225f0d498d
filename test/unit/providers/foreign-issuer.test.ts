import { expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { connectForeignIssuer } from '../../../src/providers/foreign-issuer.ts';
import { startForeignIssuer } from '../../foreign-issuer.ts';

it('is read anew by who looks again and again, over the connection that there is', async () => {
  const issuer = await startForeignIssuer();
  // What it asks of a blueprint.
  const blueprint = { foreign: { url: issuer.url, audienceClaim: 'client_id' }, realm: { tokens: { algorithm: 'RS256' } }, at: () => ({ file: 'b.yaml', line: 1, column: 1 }) } as unknown as Blueprint;
  const provider = connectForeignIssuer(blueprint);
  try {
    for (let look = 0; look < 5; look += 1) {
      provider.forget?.();
      expect(await provider.confirm?.()).toEqual([]);
    }
    expect([provider.requests(), issuer.requests.length, issuer.connections()]).toEqual([{ reads: 10, writes: 0 }, 10, 1]);
  } finally {
    await provider.close?.();
    await issuer.close();
  }
});
