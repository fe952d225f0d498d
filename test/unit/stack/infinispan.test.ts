import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareInfinispan } from '../../../src/stack/session/infinispan.ts';
import { script, temporaryDir } from './temporary.ts';

const LIST = join(import.meta.dirname, '../../../infra/services/infinispan/jars.sha512');
const { signal } = new AbortController();

/** A machine with a Java of these modules and no Maven. */
const machine = (modules: string) => {
  const dir = temporaryDir();
  const command = script(dir, 'java', `echo ${modules}`);
  // There is no `mvn` in this PATH.
  return { java: { command, version: 17, key: 'k' }, env: { PATH: dir, HOME: dir, XDG_CACHE_HOME: join(dir, 'cache') }, dir };
};

describe('Infinispan for the local stack', () => {
  it('needs a Java that compiles', async () => {
    const { java, env } = machine('java.base@17');
    await expect(prepareInfinispan(java, signal, env)).rejects.toMatchObject({ code: 'STACK_NO_INFINISPAN' });
  });

  it('is not there without Maven, a repository of its own or another to ask', async () => {
    const { java, env } = machine('jdk.compiler@17');
    await expect(prepareInfinispan(java, signal, env)).rejects.toMatchObject({ code: 'STACK_NO_INFINISPAN' });
  });

  it('is refused, and nothing of it is kept, when a file is not the one that was published', async () => {
    const { java, env, dir } = machine('jdk.compiler@17');
    for (const line of readFileSync(LIST, 'utf8').trim().split('\n')) {
      const file = join(dir, '.m2', 'repository', line.split(/\s+/)[1]!);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'another');
    }
    await expect(prepareInfinispan(java, signal, env)).rejects.toMatchObject({ code: 'STACK_CHECKSUM' });
    expect(readdirSync(join(dir, 'cache', 'authctl', 'infinispan')).filter((name) => name !== 'lock')).toEqual([]);
  });
});
