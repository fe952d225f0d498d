import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartedTestContainer } from 'testcontainers';
import { hindrance, imageOf, TEST_LABEL, titled } from './docker.ts';

const why = hindrance('opa');

describe.skipIf(why !== undefined)(titled('OPA in a container', why), () => {
  let container: StartedTestContainer;
  beforeAll(async () => {
    const { GenericContainer, Wait } = await import('testcontainers');
    container = await new GenericContainer(imageOf('opa') ?? '')
      .withCopyDirectoriesToContainer([{ source: 'policies/shop', target: '/policies' }])
      .withCommand(['run', '--server', '--addr', ':8181', '/policies'])
      .withLabels({ [TEST_LABEL]: String(process.pid) })
      .withExposedPorts(8181)
      // The image has no shell, by which the library would look for a listening port.
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
