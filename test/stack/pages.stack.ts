import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../pages/install.ts';
import { comparable, readPage, withoutStill } from '../pages/page.ts';
import { openShell } from '../pages/shell.ts';

/**
 * The tutorial and the how-to pages, played in a bare directory from the packed tarballs. `AUTHCTL_WRITE_PAGES=1` writes what was printed into the
 * pages; without it, it must be what stands there.
 */
const scratch = mkdtempSync(join(tmpdir(), 'authctl-pages-'));
const place = (name: string): string => {
  mkdirSync(join(scratch, name), { recursive: true });
  return join(scratch, name);
};
/** What this machine says about where packages and servers come from, and by whose certificates: the bare directory is on the same network. */
const OF_HERE = [
  ...['AUTHCTL_OPA_BIN', 'KEYCLOAK_HOME', 'MAVEN_REPO_URL', 'GOFLAGS', 'GOPROXY', 'JAVA_HOME', 'npm_config_registry', 'npm_config_globalconfig'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'],
];
const env: Record<string, string> = {
  PATH: `${join(scratch, 'prefix/bin')}:${process.env.PATH ?? ''}`,
  HOME: place('home'),
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  npm_config_cache: process.env.npm_config_cache ?? join(homedir(), '.npm'),
  NO_COLOR: '1',
  npm_config_prefix: place('prefix'),
  ...Object.fromEntries(OF_HERE.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
  npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
};
let tarballs: Readonly<Record<string, string>>;

/** A package by its name is that of the registry, which has not this one yet. */
const fromTarballs = (command: string): string =>
  command.startsWith('npm install ')
    ? `${command.replaceAll(/ (authctl[a-z-]*)/g, (_, name: string) => ` ${tarballs[name] ?? name}`)} --prefer-offline --no-audit --no-fund --loglevel=error`
    : command;
const shown = (lines: readonly string[]): readonly string[] => withoutStill(lines).map((line) => line.replaceAll(join(scratch, 'home'), '~').replaceAll(homedir(), '~').replaceAll(/\bby \S+ on \S+/g, 'by alice on laptop'));

/** What to do when a page is not what the commands print any more. */
const ANEW = 'AUTHCTL_WRITE_PAGES=1 npx vitest run --project stack test/stack/pages.stack.ts';

/** Runs the commands of a page, in a shell of its own; `only` those that are not kept for later. */
const play = async (path: string, only: (command: string) => boolean = () => true): Promise<void> => {
  const page = readPage(readFileSync(path, 'utf8'));
  const shell = openShell(place('memory'), place('home'), env);
  const outputs: (readonly string[])[] = [];
  const [printed, expected]: [string[][], string[][]] = [[], []];
  for (const { line, command, output } of page.steps) {
    if (!only(command)) {
      outputs.push(output);
      continue;
    }
    const { exitCode, lines } = await shell(fromTarballs(command));
    expect([`${path}:${line}`, exitCode, exitCode === 0 ? '' : lines.join('\n')]).toEqual([`${path}:${line}`, 0, '']);
    outputs.push(shown(lines));
    printed.push([`${path}:${line}`, ...comparable(shown(lines))]);
    expected.push([`${path}:${line}`, ...comparable(output)]);
  }
  expect(page.steps.length).toBeGreaterThan(0);
  if (process.env.AUTHCTL_WRITE_PAGES === '1') writeFileSync(path, page.rewrite(outputs));
  else {
    const [lines, stated] = [printed.flat(), expected.flat()];
    const apart = [...stated.filter((line) => !lines.includes(line)).map((line) => `- ${line}`), ...lines.filter((line) => !stated.includes(line)).map((line) => `+ ${line}`)];
    expect(printed, `${apart.join('\n')}\nthe page is not what is printed; to write it anew: ${ANEW}`).toEqual(expected);
  }
};

const END = ['cd ~/shop', 'authctl stack down'];
beforeAll(async () => {
  tarballs = await pack(place('tarballs'));
});
afterAll(async () => {
  await openShell(place('memory'), place('home/shop'), env)('authctl stack down');
  rmSync(scratch, { recursive: true, force: true });
});

describe('from the packed tarballs, in a bare directory', () => {
  it('docs/tutorial.md', async () => {
    await play('docs/tutorial.md', (command) => !END.includes(command));
  });

  it.each(['moving', 'existing-realm', 'existing-kong', 'add-a-service', 'ci', 'rotate-keys', 'production'])('docs/how-to/%s.md', async (page) => {
    await play(`docs/how-to/${page}.md`);
  });

  it('docs/tutorial.md: the end', async () => {
    await play('docs/tutorial.md', (command) => END.includes(command));
  });
});
