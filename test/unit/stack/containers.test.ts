import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findEngine } from '../../../src/stack/containers/engine.ts';
import type { Engine } from '../../../src/stack/containers/engine.ts';
import { findImage, IMAGES } from '../../../src/stack/containers/images.ts';
import { mountArguments, startContainer, sweep } from '../../../src/stack/containers/run.ts';
import { eventually } from '../../eventually.ts';
import { script, temporaryDir } from './temporary.ts';

/** A `docker` that notes what it is asked, and has the images that it is said to have. */
const fakeDocker = (has: readonly string[] = [], fetches: readonly string[] = []) => {
  const dir = temporaryDir();
  const calls = join(dir, 'calls');
  const among = (images: readonly string[]): string => `case " ${images.join(' ')} " in *" $last "*) exit 0;; *) echo "no such host"; exit 1;; esac`;
  const command = script(
    dir,
    'docker',
    `for last do :; done\necho "$*" >> ${calls}\ncase "$1" in\n  image) ${among(has)};;\n  pull) ${among(fetches)};;\n  ps) echo one; echo two;;\n  run) exec sleep 60;;\nesac`,
  );
  const engine: Engine = { command, env: {} };
  return { dir, engine, calls: (): readonly string[] => readFileSync(calls, 'utf8').trimEnd().split('\n') };
};

describe('the image of a server', () => {
  const { official, local } = IMAGES.opa;

  it('is the official one when it is there, also beside one that was built here', async () => {
    expect(await findImage(fakeDocker([official, local]).engine, 'opa', { env: {} })).toBe(official);
  });

  it('is the one that was built here before any is fetched', async () => {
    const { engine, calls } = fakeDocker([local], [official]);
    expect(await findImage(engine, 'opa', { env: {} })).toBe(local);
    expect(calls().filter((call) => call.startsWith('pull'))).toEqual([]);
  });

  it('is fetched when none is there', async () => {
    const { engine, calls } = fakeDocker([], [official]);
    expect(await findImage(engine, 'opa', { env: {} })).toBe(official);
    expect(calls()).toContain(`pull --quiet ${official}`);
  });

  it('is the one that the environment names, and no other in its place', async () => {
    const env = { AUTHCTL_OPA_IMAGE: 'registry.example/opa:1' };
    expect(await findImage(fakeDocker(['registry.example/opa:1', official]).engine, 'opa', { env })).toBe('registry.example/opa:1');
    await expect(findImage(fakeDocker([official, local]).engine, 'opa', { env })).rejects.toMatchObject({ code: 'STACK_NO_IMAGE' });
  });

  it('that cannot be had is a problem that says how to name another', async () => {
    await expect(findImage(fakeDocker().engine, 'opa', { env: {} })).rejects.toMatchObject({ code: 'STACK_NO_IMAGE', hint: expect.stringContaining('AUTHCTL_OPA_IMAGE') as string });
  });

  it('is the same in infra/compose.yaml', () => {
    const { services } = parse(readFileSync('infra/compose.yaml', 'utf8'), { merge: true }) as {
      services: Record<string, { image: string; build?: { args: { BASE: string } } }>;
    };
    const said = (name: string): string | undefined => /^\$\{AUTHCTL_[A-Z0-9_]+_IMAGE:-(.*)\}$/.exec(services[name]?.build?.args.BASE ?? services[name]?.image ?? '')?.[1];
    for (const [service, name] of [['keycloak', 'keycloak'], ['keycloak-database', 'postgres'], ['kong-database', 'postgres'], ['opa', 'opa'], ['redis', 'redis'], ['kong', 'kong']] as const)
      expect([service, said(service)]).toEqual([service, IMAGES[name].official]);
  });
});

describe('a container', () => {
  it('is on loopback alone, without capabilities, and carries the label by which it is found', async () => {
    const { dir, engine, calls } = fakeDocker();
    const child = await startContainer(engine, { dir, log: (name) => join(dir, name) }, {
      name: 'opa', title: 'OPA', image: 'opa:1', args: ['run'], mounts: { '/run/config': '/somewhere' }, memory: '1g',
    });
    await eventually('the command to be noted', async () => Promise.resolve(calls().some((call) => call !== '')));
    await child.stop();
    const [run = '', removed] = calls();
    expect(run).toMatch(/^run --rm --pull never --name authctl-[0-9a-f]{10}-opa /);
    expect(run).toContain(`--label io.authctl.stack=${dir} --network host`);
    expect(run).toMatch(/--security-opt no-new-privileges --cap-drop ALL --user [1-9]\d*:0 /);
    expect(run).toMatch(/--mount type=bind,source=\/somewhere,target=\/run\/config,readonly --memory 1g --memory-swap 1g opa:1 run$/);
    expect(run).not.toContain('--publish');
    // Its command may have been ended alone.
    expect(removed).toMatch(/^rm --force --volumes authctl-[0-9a-f]{10}-opa$/);
  });

  it('finds its files where a path holds what separates fields', () => {
    expect(mountArguments({ '/run/config': '/a, "b"/c', '/plain': '/x y' })).toEqual([
      '--mount', 'type=bind,"source=/a, ""b""/c",target=/run/config,readonly', '--mount', 'type=bind,source=/x y,target=/plain,readonly',
    ]);
  });

  it('of a stack is swept with its volumes, and no other', async () => {
    const { dir, engine, calls } = fakeDocker();
    await sweep(engine, dir);
    expect(calls()).toEqual([`ps --all --quiet --filter label=io.authctl.stack=${dir}`, 'rm --force --volumes one two']);
  });
});

describe('Docker', () => {
  it('that is not there is a problem, not a crash', async () => {
    await expect(findEngine({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }, () => undefined)).rejects.toMatchObject({ code: 'STACK_NO_DOCKER' });
  });
});
