import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { MORE_IMAGES } from '../../scripts/containers/names.js';
import { IMAGES, imageVariable } from '../../src/stack/containers/images.ts';

/** What Docker prints; throws when it says no. */
export const docker = (...args: readonly string[]): string => execFileSync('docker', [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000, maxBuffer: 64 * 1024 * 1024 });
const succeeds = (...args: readonly string[]): boolean => {
  try {
    docker(...args);
    return true;
  } catch {
    return false;
  }
};

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

const ALL = { ...IMAGES, ...MORE_IMAGES };
export type Wanted = keyof typeof ALL;

/** The image of a server that is on this machine. An image is never fetched by a test: that would hide a missing network. */
export const imageOf = (name: Wanted): string | undefined => {
  const { official, local }: { readonly official?: string; readonly local: string } = ALL[name];
  return [process.env[imageVariable(name)], official, local].find((image) => image !== undefined && image !== '' && succeeds('image', 'inspect', image));
};

/** Why container tests cannot run here, or `undefined`. */
export const hindrance = (...wanted: readonly Wanted[]): string | undefined => {
  if (!succeeds('info')) return 'no Docker engine answers; "make test-containers" sets one up where it may';
  const missing = wanted.filter((name) => imageOf(name) === undefined);
  return missing.length === 0 ? undefined : `no image of ${missing.join(', ')} is on this machine; "make test-containers" gets them`;
};

/** Why Docker Compose cannot be used here, or `undefined`. */
export const composeHindrance = (): string | undefined =>
  succeeds('compose', 'version') ? undefined : 'the plugin "docker compose" is not there; "make test-containers" builds it where Go is';

/** The title of tests that are skipped says why. */
export const titled = (title: string, why: string | undefined): string => (why === undefined ? title : `${title} (skipped: ${why})`);

/** What a test starts carries its process's number, so that a later run knows what nobody needs any more. */
export const TEST_LABEL = 'io.authctl.test';
/** The process that a project of compose was made by. */
export const testProject = (name: string): number | undefined => {
  const [, pid] = /^authctl-test-(\d+)$/.exec(name) ?? [];
  return pid === undefined ? undefined : Number(pid);
};

/** Ids of the containers with a label, running or not. */
export const labelled = (label: string): readonly string[] => lines(docker('ps', '--all', '--quiet', '--filter', `label=${label}`));
/** Volumes that have no name of somebody's: Docker made them up for a container. */
export const volumes = (): readonly string[] => lines(docker('volume', 'ls', '--quiet')).filter((name) => /^[0-9a-f]{64}$/.test(name));
/** What `ps` shows to everybody on this machine: the command line of every process, those in containers too. */
export const commandLines = (): string =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : [];
    } catch {
      return [];
    }
  }).join('\n');
export const inspected = (containers: readonly string[]): string => docker('inspect', ...containers);

/** `0100007F:1F90` -> `127.0.0.1`; an address of IPv6 stays as the kernel writes it, but one that stands for an address of IPv4. */
const addressOf = (text: string): string => {
  const [hex = ''] = text.split(':');
  const v4 = hex.length === 8 ? hex : hex.startsWith('0000000000000000FFFF0000') ? hex.slice(24) : undefined;
  return v4 === undefined ? hex : [...Buffer.from(v4, 'hex')].toReversed().join('.');
};

/** The addresses that the processes of containers listen on, in the network of this machine. Only root may look. */
export const listensOn = (containers: readonly string[]): readonly string[] => {
  const pids = containers.flatMap((id) => lines(docker('top', id, '-o', 'pid')).slice(1).map((line) => line.trim()));
  const sockets = new Set(
    pids.flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
        } catch {
          return [];
        }
      }),
    ),
  );
  const LISTEN = '0A';
  return ['tcp', 'tcp6'].flatMap((kind) =>
    lines(readFileSync(`/proc/net/${kind}`, 'utf8'))
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        return state === LISTEN && sockets.has(inode) ? [addressOf(local)] : [];
      }),
  );
};
