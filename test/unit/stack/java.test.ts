import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findJava } from '../../../src/stack/java.ts';
import { script, temporaryDir } from './temporary.ts';

const javaHome = (banner: string): string => {
  const home = temporaryDir();
  mkdirSync(join(home, 'bin'));
  script(join(home, 'bin'), 'java', `echo '${banner}' >&2`);
  return home;
};

describe('finding Java', () => {
  it.for([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "25.0.3" 2026-04-21 LTS', 25],
    ['java version "21" 2023-09-19', 21],
  ] as const)('takes %s', async ([banner, version]) => {
    const home = javaHome(banner);
    const key = expect.stringMatching(/^[0-9a-f]{12}$/) as string;
    expect(await findJava({ JAVA_HOME: home })).toEqual({ command: join(home, 'bin', 'java'), version, key });
  });

  it.for(['openjdk version "11.0.2" 2019-01-15', 'java version "1.8.0_202"', 'something else'])('refuses %s', async (banner) => {
    await expect(findJava({ JAVA_HOME: javaHome(banner) })).rejects.toMatchObject({
      code: 'STACK_NO_JAVA',
      hint: expect.stringContaining('openjdk-17') as string,
    });
  });

  it('does not look elsewhere when JAVA_HOME has none', async () => {
    const home = temporaryDir();
    await expect(findJava({ JAVA_HOME: home })).rejects.toMatchObject({
      code: 'STACK_NO_JAVA',
      message: `Keycloak needs Java, and "${join(home, 'bin', 'java')}" is not there`,
    });
  });

  it('tells two builds apart', async () => {
    const [one, other] = await Promise.all(
      ['openjdk version "17.0.15"', 'openjdk version "17.0.16"'].map((banner) => findJava({ JAVA_HOME: javaHome(banner) })),
    );
    expect(one?.key).not.toBe(other?.key);
  });
});
