import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadBlueprint, requiredSecrets } from '../../../src/blueprint/index.ts';
import { wavesOf } from '../../../src/core/order.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';

const examples = readdirSync('blueprints').filter((name) => name.endsWith('.yaml') && name !== 'broken.yaml');

describe.each(examples)('blueprints/%s', (name) => {
  const load = async () => {
    const path = `blueprints/${name}`;
    const secrets = Object.fromEntries((await requiredSecrets(path)).map((secret) => [secret, `value-of-${secret}`]));
    return loadBlueprint(path, { env: { ...secrets, AWS_ENDPOINT: 'http://127.0.0.1:9', PROOF_STORE_URL: 'redis://127.0.0.1:9/1' } });
  };

  it('loads, and asks for objects that can be put in order', async () => {
    const { desired, deferred } = expand(await load());
    expect(desired.length).toBeGreaterThan(10);
    expect(wavesOf([...desired, ...deferred], new Map()).flat()).toHaveLength(desired.length + deferred.length);
  });

  it('gives every object an address and a line of an example', async () => {
    const { desired } = expand(await load());
    expect(new Set(desired.map(addressOf)).size).toBe(desired.length);
    for (const { origin } of desired) expect(origin).toMatchObject({ file: expect.stringMatching(/^blueprints\/[a-z-]+\.yaml$/) as string, line: expect.any(Number) as number });
  });

  it('waits only for objects that it asks for itself', async () => {
    const { desired, deferred } = expand(await load());
    const known = new Set([...desired, ...deferred].map(addressOf));
    for (const { after } of desired) for (const address of after) expect(known).toContain(address);
  });
});
