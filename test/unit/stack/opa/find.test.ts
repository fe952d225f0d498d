import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOpa } from '../../../../src/stack/opa/find.ts';
import { script, temporaryDir } from '../temporary.ts';

const opa = (version: string): string => `echo 'Version: ${version}'`;

/** A machine with nothing but what the test puts there. */
const machine = () => {
  const root = temporaryDir();
  const [bin, cache] = [join(root, 'bin'), join(root, 'cache', 'authctl', 'opa', '1.22.0')];
  mkdirSync(bin);
  mkdirSync(cache, { recursive: true });
  return { root, bin, cache, env: { PATH: bin, XDG_CACHE_HOME: join(root, 'cache') } };
};

describe('finding opa', () => {
  it('takes the one that AUTHCTL_OPA_BIN names before any other', async () => {
    const { root, bin, env } = machine();
    script(bin, 'opa', opa('1.9.0'));
    const mine = script(root, 'mine', opa('1.4.2'));
    expect(await findOpa({ env: { ...env, AUTHCTL_OPA_BIN: mine } })).toBe(mine);
  });

  it('does not pass over an AUTHCTL_OPA_BIN that is no opa', async () => {
    const { root, bin, env } = machine();
    script(bin, 'opa', opa('1.9.0'));
    const mine = script(root, 'mine', 'echo hello');
    await expect(findOpa({ env: { ...env, AUTHCTL_OPA_BIN: mine } })).rejects.toMatchObject({ code: 'STACK_NO_OPA' });
  });

  it('takes the one on PATH', async () => {
    const { bin, cache, env } = machine();
    script(bin, 'opa', opa('1.9.0'));
    script(cache, 'opa', opa('1.22.0'));
    const heard: string[] = [];
    expect(await findOpa({ env, tell: (detail) => heard.push(detail) })).toBe('opa');
    expect(heard).toEqual(['1.9.0, opa']);
  });

  it('passes over one on PATH that is older than 1.0, for the one in the cache', async () => {
    const { bin, cache, env } = machine();
    script(bin, 'opa', opa('0.70.0'));
    const cached = script(cache, 'opa', opa('1.22.0'));
    expect(await findOpa({ env })).toBe(cached);
  });

  it('builds it once, without cgo, and keeps nothing but the program', async () => {
    const { bin, cache, env } = machine();
    script(
      bin,
      'go',
      `[ "$CGO_ENABLED" = 0 ] && echo "$@" > "$XDG_CACHE_HOME/asked" && printf '#!/bin/sh\\necho Version: 1.22.0\\n' > "$GOBIN/opa" && /bin/chmod +x "$GOBIN/opa"`,
    );
    expect(await findOpa({ env })).toBe(join(cache, 'opa'));
    expect(readdirSync(cache)).toEqual(['opa']);
    expect(readFileSync(join(env.XDG_CACHE_HOME, 'asked'), 'utf8')).toBe('install -trimpath -ldflags -s -w github.com/open-policy-agent/opa@v1.22.0\n');
  });

  it('says how to get it when a build fails, and leaves nothing in the cache', async () => {
    const { bin, cache, env } = machine();
    script(bin, 'go', 'echo "no route to the proxy" >&2; exit 1');
    await expect(findOpa({ env })).rejects.toMatchObject({
      code: 'STACK_NO_OPA',
      message: 'Go could not build opa: no route to the proxy',
      hint: expect.stringContaining('go install -trimpath -ldflags "-s -w" github.com/open-policy-agent/opa@v1.22.0') as string,
    });
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says so when there is neither opa nor Go', async () => {
    const { env } = machine();
    await expect(findOpa({ env })).rejects.toMatchObject({ code: 'STACK_NO_OPA', message: 'neither opa nor Go to build it with is on PATH' });
  });
});
