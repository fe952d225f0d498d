import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildCommand, recipeFor, startCommand } from '../../../../src/stack/keycloak/launch.ts';

const java = { command: '/jdk/bin/java', version: 17, key: 'k' };

describe('starting Keycloak', () => {
  it('keeps to the loopback address, in what it listens on and in what it calls itself', () => {
    const { args } = startCommand({ java, distribution: '/d', home: '/h' }, 8123);
    expect(args.slice(args.indexOf('start'))).toEqual([
      'start', '--optimized', '--http-enabled=true', '--http-host=127.0.0.1', '--http-port=8123', '--hostname=http://127.0.0.1:8123', '--cache=local',
    ]);
  });

  it('passes a secret by the environment and never by an argument', () => {
    const { args, env } = startCommand({ java, distribution: '/d', home: '/h', env: { KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: 'very secret' } }, 8123);
    expect(env).toMatchObject({ KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: 'very secret' });
    expect(args.join(' ')).not.toContain('very secret');
  });

  it('is built for the database that it will have', () => {
    const { args } = buildCommand({ java, distribution: '/d', home: '/d' }, [], 'postgres');
    expect(args.slice(args.indexOf('build'))).toEqual(['build', '--db=postgres', '--https-client-auth=request']);
    expect(recipeFor('postgres')).not.toBe(recipeFor('dev-file'));
  });

  it('hears nothing of the caller’s own Keycloak and Java settings', () => {
    for (const name of ['KC_DB', 'KC_HOSTNAME', 'JAVA_TOOL_OPTIONS', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'x');
    onTestFinished(() => { vi.unstubAllEnvs(); });
    const { env } = buildCommand({ java, distribution: '/d', home: '/d' });
    expect(Object.keys(env).filter((name) => !['PATH', 'HOME', 'TZ', 'LANG'].includes(name))).toEqual([]);
  });

  it('has one collector, and the same class path whatever the home is', () => {
    const [one, other] = ['/one', '/other'].map((home) => startCommand({ java, distribution: '/d', home }, 1).args);
    expect(one?.filter((flag) => /^-XX:\+Use\w+GC$/.test(flag))).toEqual(['-XX:+UseSerialGC']);
    expect(one?.[one.indexOf('-cp') + 1]).toBe('/d/lib/quarkus-run.jar');
    expect(other?.[other.indexOf('-cp') + 1]).toBe('/d/lib/quarkus-run.jar');
  });
});
