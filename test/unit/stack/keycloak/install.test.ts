import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installKeycloak } from '../../../../src/stack/keycloak/install.ts';
import { script, temporaryDir } from '../temporary.ts';

const machine = () => {
  const root = temporaryDir();
  mkdirSync(join(root, 'bin'));
  return { root, env: { HOME: root, XDG_CACHE_HOME: join(root, 'cache'), PATH: join(root, 'bin') } };
};
const installing = (finish: (folder: string) => Promise<void> = () => Promise.resolve()) => ({
  signal: new AbortController().signal, tell: () => undefined, recipe: 'r', finish,
});
const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const ownKeycloak = (root: string): string => {
  const home = join(root, 'my-keycloak');
  write(join(home, 'version.txt'), 'Keycloak - Version 26.1.0\n');
  write(join(home, 'conf', 'keycloak.conf'), 'db=postgres');
  write(join(home, 'data', 'h2', 'db'), 'mine');
  write(join(home, 'lib', 'a.jar'), 'classes');
  mkdirSync(join(home, 'providers'));
  return home;
};

describe('getting Keycloak', () => {
  it('says what to do when it is nowhere and there is no Maven', async () => {
    const { env } = machine();
    await expect(installKeycloak(installing(), env)).rejects.toMatchObject({
      code: 'STACK_NO_KEYCLOAK',
      hint: expect.stringContaining('KEYCLOAK_HOME') as string,
    });
  });

  it('refuses a file in the local repository that is not the published one', async () => {
    const { root, env } = machine();
    write(join(root, '.m2/repository/org/keycloak/keycloak-quarkus-dist/26.7.4/keycloak-quarkus-dist-26.7.4.tar.gz'), 'forged');
    await expect(installKeycloak(installing(), env)).rejects.toMatchObject({ code: 'STACK_CHECKSUM' });
    expect(readdirSync(join(root, 'cache/authctl/keycloak/26.7.4'))).toEqual([]);
  });

  it('passes on what Maven says, without leaving a folder behind', async () => {
    const { root, env } = machine();
    script(env.PATH, 'mvn', 'echo "[ERROR] Could not find artifact"; exit 1');
    await expect(installKeycloak(installing(), env)).rejects.toMatchObject({
      code: 'STACK_NO_KEYCLOAK',
      message: 'Maven could not get Keycloak 26.7.4: [ERROR] Could not find artifact',
    });
    expect(readdirSync(join(root, 'cache/authctl/keycloak/26.7.4'))).toEqual([]);
  });

  it('checks what Maven brought', async () => {
    const { env } = machine();
    script(env.PATH, 'mvn', 'for arg; do case $arg in -DoutputDirectory=*) echo forged > "${arg#*=}/keycloak-quarkus-dist-26.7.4.tar.gz";; esac; done');
    await expect(installKeycloak(installing(), env)).rejects.toMatchObject({ code: 'STACK_CHECKSUM' });
  });
});

describe('a Keycloak of a person’s own', () => {
  it('is copied without its data and settings, and itself left alone', async () => {
    const { root, env } = machine();
    const home = ownKeycloak(root);
    const found = await installKeycloak(
      installing((folder) => { write(join(folder, 'lib', 'built'), ''); return Promise.resolve(); }),
      { ...env, KEYCLOAK_HOME: home },
    );
    expect(found.version).toBe('26.1.0');
    expect(readdirSync(found.home, { recursive: true }).toSorted()).toEqual(['conf', 'lib', 'lib/a.jar', 'lib/built', 'providers', 'version.txt']);
    expect([existsSync(join(home, 'lib', 'built')), readFileSync(join(home, 'data', 'h2', 'db'), 'utf8')]).toEqual([false, 'mine']);
  });

  it('is another one when a provider is added', async () => {
    const { root, env } = machine();
    const home = ownKeycloak(root);
    const before = await installKeycloak(installing(), { ...env, KEYCLOAK_HOME: home });
    expect(await installKeycloak(installing(), { ...env, KEYCLOAK_HOME: home })).toEqual(before);
    write(join(home, 'providers', 'mine.jar'), 'x');
    expect((await installKeycloak(installing(), { ...env, KEYCLOAK_HOME: home })).home).not.toBe(before.home);
  });

  it('leaves no half-built copy when the build fails', async () => {
    const { root, env } = machine();
    const failing = installing(() => Promise.reject(new Error('no memory')));
    await expect(installKeycloak(failing, { ...env, KEYCLOAK_HOME: ownKeycloak(root) })).rejects.toThrow('no memory');
    const [cache = ''] = readdirSync(join(root, 'cache/authctl/keycloak'));
    expect(readdirSync(join(root, 'cache/authctl/keycloak', cache))).toEqual([]);
  });

  it('is refused when it is no Keycloak 26', async () => {
    const { root, env } = machine();
    await expect(installKeycloak(installing(), { ...env, KEYCLOAK_HOME: root })).rejects.toMatchObject({ code: 'STACK_KEYCLOAK_HOME' });
  });
});
