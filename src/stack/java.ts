import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { Problem } from '../core/problem.ts';
import { runToEnd } from './child.ts';
import { cleanEnv } from './clean-env.ts';

export interface Java {
  readonly command: string;
  /** Feature release: 17, 21, 25. */
  readonly version: number;
  /** Tells one build of a JVM from another: an archive of loaded classes made by one is refused by the next. */
  readonly key: string;
}

const INSTALL = 'install Java 17 or newer: "apt-get install openjdk-17-jre-headless", or "brew install openjdk", and set JAVA_HOME';

const releaseOf = (banner: string): number => {
  const [, major = '', minor = ''] = /version "(\d+)(?:\.(\d+))?/.exec(banner) ?? [];
  return Number(major === '1' ? minor : major);
};

/**
 * The Java that Keycloak runs on: `$JAVA_HOME/bin/java`, else `java` on PATH; Keycloak 26's classes are Java 17 (class file 61).
 * Throws `STACK_NO_JAVA`.
 */
export const findJava = async (env: NodeJS.ProcessEnv = process.env): Promise<Java> => {
  const command = env['JAVA_HOME'] ? resolve(env['JAVA_HOME'], 'bin', 'java') : 'java';
  const answer = await runToEnd({ command, args: ['-version'], env: cleanEnv(env) });
  if (answer.missing || answer.code !== 0) {
    throw new Problem('STACK_NO_JAVA', `Keycloak needs Java, and "${command}" is not there`, { hint: INSTALL });
  }
  const version = releaseOf(answer.output);
  if (!(version >= 17)) {
    throw new Problem('STACK_NO_JAVA', `Keycloak needs Java 17 or newer, and "${command}" is ${answer.output.split('\n')[0] ?? 'unknown'}`, {
      hint: INSTALL,
    });
  }
  const key = createHash('sha256').update(`${command}\n${process.arch}\n${answer.output}`).digest('hex').slice(0, 12);
  return { command, version, key };
};
