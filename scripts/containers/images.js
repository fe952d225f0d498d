// The images of the container tests: the official ones where they can be had, else others of the same use, built here from what package registries give
// and named `localhost/authctl-…`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IMAGES } from '../../dist/stack/containers/images.js';
import { installKeycloak } from '../../dist/stack/keycloak/install.js';
import { findOpa } from '../../dist/stack/opa/find.js';
import { MORE_IMAGES } from './names.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const recipes = join(root, 'test/containers/images');
const DEBIAN = 'localhost/authctl-debian:bookworm';

/** @type {Readonly<Record<string, { official?: string, local: string }>>} */
export const ALL = { ...IMAGES, ...MORE_IMAGES };

/** Files of the system that an image of ours is made with. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 */
export const imageMaker = (env, cache) => {
  const has = (/** @type {string} */ command) => spawnSync('sh', ['-c', `command -v ${command}`], { env }).status === 0;
  /** @param {string} command @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
  const run = (command, args, options = {}) => {
    const { status, error, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
    if (error || status !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')}: ${error?.message ?? String(stderr || stdout).trim().slice(-600)}`);
    return String(stdout).trim();
  };
  const present = (/** @type {string} */ image, /** @type {string} */ format = '{{.Id}}') => {
    const { status, stdout } = spawnSync('docker', ['image', 'inspect', '--format', format, image], { env, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const pulled = (/** @type {string} */ image) => spawnSync('docker', ['pull', '--quiet', image], { env, stdio: 'ignore', timeout: 600_000 }).status === 0;

  /** Debian as its packages make it, with the certificates that this machine trusts. */
  const debian = () => {
    if (present(DEBIAN)) return DEBIAN;
    if (!has('mmdebstrap')) throw new Error('mmdebstrap is not there ("apt-get install mmdebstrap", as root)');
    const place = mkdtempSync(join(tmpdir(), 'authctl-debian-'));
    try {
      const own = '/usr/local/share/ca-certificates';
      const hooks = existsSync(own) ? [`--customize-hook=sync-in ${own} ${own}`, '--customize-hook=chroot "$1" update-ca-certificates'] : [];
      run('mmdebstrap', ['--quiet', '--variant=minbase', '--include=ca-certificates', ...hooks, 'bookworm', join(place, 'debian.tar'), 'http://deb.debian.org/debian']);
      run('docker', ['import', '--change', 'CMD ["bash"]', join(place, 'debian.tar'), DEBIAN]);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
    return DEBIAN;
  };
  const nodeImage = () => present(MORE_IMAGES.node.official) ? MORE_IMAGES.node.official : make('node');

  /** A program that Go builds from its module, once. */
  const goProgram = (/** @type {string} */ name, /** @type {string} */ module) => {
    const target = join(cache, 'bin', name);
    if (existsSync(target)) return target;
    if (!has('go')) throw new Error(`Go is not there to build ${module} with`);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    run('go', ['install', '-trimpath', '-ldflags', '-s -w', module], { env: { ...env, CGO_ENABLED: '0', GOBIN: dirname(target) } });
    return target;
  };
  const packed = (/** @type {string} */ folder, /** @type {string} */ context, /** @type {string} */ name) => {
    const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', context], { cwd: folder }));
    cpSync(join(context, filename), join(context, name));
    rmSync(join(context, filename));
  };

  const withStandIns = (/** @type {string} */ context) => {
    packed(join(root, 'infra/stand-ins'), context, 'stand-ins.tgz');
    return nodeImage();
  };

  /** What is put beside a recipe before it is built; the answer is its base. @type {Record<string, (context: string) => Promise<string | undefined> | string | undefined>} */
  const fill = {
    keycloak: async (context) => {
      const install = { signal: new AbortController().signal, tell: () => undefined, recipe: 'plain', finish: () => Promise.resolve() };
      cpSync((await installKeycloak(install)).home, context, { recursive: true });
      return debian();
    },
    postgres: debian,
    redis: debian,
    nginx: debian,
    opa: async (context) => {
      const opa = await findOpa();
      cpSync(opa.includes('/') ? opa : run('sh', ['-c', `command -v ${opa}`]), join(context, 'opa'));
      chmodSync(join(context, 'opa'), 0o755);
      return undefined;
    },
    node: (context) => {
      cpSync(process.execPath, join(context, 'node'));
      const npm = dirname(dirname(run('sh', ['-c', 'readlink -f "$(command -v npm)"'])));
      cpSync(npm, join(context, 'npm'), { recursive: true });
      return debian();
    },
    'oauth2-proxy': (context) => {
      cpSync(goProgram('oauth2-proxy', 'github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6'), join(context, 'oauth2-proxy'));
      cpSync(CERTIFICATES, join(context, 'ca-certificates.crt'), { dereference: true });
      return undefined;
    },
    kong: withStandIns,
    upstream: withStandIns,
  };
  const folderOf = (/** @type {string} */ name) => join(recipes, name === 'kong' ? 'kong-stand-in' : name);
  const ofSources = (/** @type {string} */ name) => name === 'kong' || name === 'upstream';
  const recipeOf = (/** @type {string} */ name) => {
    const hash = createHash('sha256');
    const folders = [folderOf(name), ...(ofSources(name) ? [join(root, 'infra/stand-ins/dist')] : [])];
    for (const folder of folders)
      for (const file of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).toSorted())
        hash.update(`${relative(root, file)}\n`).update(readFileSync(file));
    return hash.digest('hex').slice(0, 16);
  };

  /** Builds the image of ours, unless one by the same recipe is there. */
  const make = async (/** @type {string} */ name, /** @type {(doing: string) => void} */ tell = () => undefined) => {
    const local = ALL[name]?.local ?? name;
    const recipe = recipeOf(name);
    if (present(local, '{{index .Config.Labels "io.authctl.recipe"}}') === recipe) return local;
    tell('building it by its recipe (once)');
    const context = mkdtempSync(join(tmpdir(), 'authctl-image-'));
    try {
      cpSync(folderOf(name), context, { recursive: true });
      const base = await fill[name]?.(context);
      const args = [...(base === undefined ? [] : ['--build-arg', `BASE=${base}`]), ...(existsSync(CERTIFICATES) && ofSources(name) ? ['--build-arg', `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`] : [])];
      run('docker', ['build', '--quiet', '--force-rm', '--network', 'host', ...args, '--label', `io.authctl.recipe=${recipe}`, '--label', 'io.authctl.image=stand-in', '--tag', local, context], {
        env: { ...env, DOCKER_BUILDKIT: '0' },
      });
      return local;
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  };

  return {
    /** The image to use for a name: official, or built here; throws with the reason why there is none. */
    image: async (/** @type {string} */ name, /** @type {(doing: string) => void} */ tell) => {
      const official = ALL[name]?.official;
      return official !== undefined && (present(official) || pulled(official)) ? official : await make(name, tell);
    },
  };
};
