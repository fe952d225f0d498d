import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartedTestContainer } from 'testcontainers';

const IMAGE = 'openpolicyagent/opa:1.22.0';

/** Why the container tests cannot run here, or `undefined`. An image is never fetched by a test: that would hide a missing network. */
const hindrance = (): string | undefined => {
  const docker = (...args: readonly string[]): boolean => {
    try {
      execFileSync('docker', [...args], { stdio: 'ignore', timeout: 10_000 });
      return true;
    } catch {
      return false;
    }
  };
  if (!docker('info')) return 'no Docker engine answers';
  return docker('image', 'inspect', IMAGE) ? undefined : `the image ${IMAGE} is not on this machine`;
};
const why = hindrance();

describe.skipIf(why !== undefined)(`OPA in a container${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let container: StartedTestContainer;
  beforeAll(async () => {
    const { GenericContainer, Wait } = await import('testcontainers');
    container = await new GenericContainer(IMAGE)
      .withCopyDirectoriesToContainer([{ source: 'policies/shop', target: '/policies' }])
      .withCommand(['run', '--server', '--addr', ':8181', '/policies'])
      .withExposedPorts(8181)
      .withWaitStrategy(Wait.forHttp('/health', 8181))
      .start();
  });
  afterAll(async () => {
    await container.stop();
  });

  it('loads the policy of the example and denies what it cannot understand', async () => {
    const answer = await fetch(`http://${container.getHost()}:${container.getMappedPort(8181)}/v1/data/shop/authz`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: {} }),
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ result: { allow: false } });
  });
});
