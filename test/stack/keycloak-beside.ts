import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, runToEnd, untilAnswers } from '../../src/stack/child.ts';
import type { Child } from '../../src/stack/child.ts';
import { cacheDir } from '../../src/stack/files.ts';
import { findJava } from '../../src/stack/java.ts';
import { rotateSecret } from '../../src/stack/keycloak/admin.ts';
import { buildCommand, startCommand, urlOf } from '../../src/stack/keycloak/launch.ts';
import { layHome, prepareKeycloak } from '../../src/stack/keycloak/prepare.ts';
import { freePort } from '../../src/stack/ports.ts';
import { startGuarded } from '../../src/stack/servers/guarded.ts';
import type { StackNeeds } from '../../src/stack/types.ts';

interface Setup {
  /** `--http-relative-path`: built in, so it takes a build of its own. */
  readonly path?: string;
  /** `--features-disabled`: of its build, too. */
  readonly without?: readonly string[];
  /** What Keycloak calls itself, given its own address. */
  readonly hostname?: string;
}
interface Beside {
  /** Where it listens, whatever it calls itself. */
  readonly url: string;
  readonly secret: string;
  readonly guarded: (needs: StackNeeds, keycloak: string) => Promise<Readonly<Record<string, string>>>;
  /** Ends it and starts it again, on the database that it had. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A real Keycloak beside the shared stack's, set up as people do: behind another name, below a path. */
export const startKeycloakBeside = async ({ path = '', without = [], hostname }: Setup = {}): Promise<Beside> => {
  const dir = await mkdtemp(join(tmpdir(), 'authctl-beside-'));
  const { signal } = new AbortController();
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop(5)));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const java = await findJava();
    const prepared = await prepareKeycloak(java, join(cacheDir(process.env), 'keycloak'), () => undefined, signal);
    let { distribution } = prepared;
    const options = [...(path === '' ? [] : [`--http-relative-path=${path}`]), ...(without.length === 0 ? [] : [`--features-disabled=${without.join(',')}`])];
    if (options.length > 0) {
      await cp(distribution, join(dir, 'distribution'), { recursive: true });
      distribution = join(dir, 'distribution');
      const build = await runToEnd(buildCommand({ java, distribution, home: distribution }, options), signal);
      if (build.missing || build.code !== 0) throw new Error(`Keycloak could not be built: ${build.missing ? 'no Java' : build.output}`);
    }
    const home = join(dir, 'keycloak');
    await layHome(distribution, home);
    await cp(join(prepared.golden, 'data'), join(home, 'data'), { recursive: true });
    const port = await freePort();
    const url = `${urlOf(port)}${path}`;
    const log = (name: string): string => join(dir, `${name}.log`);
    const start = async (): Promise<Child> => {
      const child = await startChild('Keycloak', startCommand({ java, distribution, home }, port, hostname ?? url), log('keycloak'));
      children.push(child);
      await untilAnswers(child, `${url}/realms/master/.well-known/openid-configuration`, { seconds: 180, signal });
      return child;
    };
    let running = await start();
    const restart = async (): Promise<void> => {
      await running.stop();
      running = await start();
    };
    const secret = randomBytes(32).toString('base64url');
    await rotateSecret(url, await readFile(join(prepared.golden, 'secret'), 'utf8'), secret);
    const room = { dir, log, signal, spawned: (one: Child) => void children.push(one) };
    return { url, secret, guarded: async (needs, keycloak) => (await startGuarded(room, needs, {}, { KEYCLOAK_URL: keycloak })).env, restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Another name for a server: its connections go there, byte for byte. */
export const startOtherName = async (): Promise<{ readonly url: string; readonly leadTo: (url: string) => void; readonly close: () => void }> => {
  let to = 0;
  const open = new Set<{ destroy: () => void }>();
  const server = createServer((from) => {
    const onward = connect(to, '127.0.0.1');
    for (const one of [from, onward]) {
      open.add(one);
      one.on('error', () => undefined);
    }
    from.on('close', () => onward.destroy());
    onward.on('close', () => from.destroy());
    from.pipe(onward).pipe(from);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    leadTo: (url) => void (to = Number(new URL(url).port)),
    close: () => {
      server.close();
      for (const one of open) one.destroy();
    },
  };
};
