import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AUTHCTL_IMAGE, buildAuthctl, runAuthctl } from './authctl-image.ts';
import { docker, hindrance, titled } from './docker.ts';

const why = hindrance('node', 'opa');
/** A blueprint and its policies, as somebody mounts a folder of theirs. */
const mounts = { '/work/blueprints': resolve('blueprints'), '/work/policies': resolve('policies') };

describe.skipIf(why !== undefined)(titled('the image of authctl', why), () => {
  beforeAll(() => { buildAuthctl(); });

  it('says its version, without a network', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(runAuthctl(['--version']).trim()).toBe(version);
  });

  it('judges a blueprint that it is shown', () => {
    expect(runAuthctl(['validate', 'blueprints/sso.yaml'], { mounts })).toContain('valid');
    expect(() => runAuthctl(['validate', 'blueprints/broken.yaml'], { mounts })).toThrow(/BLUEPRINT_/);
  });

  it('brings the opa that policies are checked by', () => {
    expect(runAuthctl(['version'], {}, 'opa')).toMatch(/^Version: 1\./m);
  });

  it('is not root, and can write nowhere but in memory', () => {
    expect(docker('image', 'inspect', '--format', '{{.Config.User}}', AUTHCTL_IMAGE).trim()).toBe('node');
    expect(Number(runAuthctl(['-p', 'process.getuid()'], {}, 'node'))).toBeGreaterThan(0);
    expect(() => runAuthctl(['-e', "require('fs').writeFileSync('/work/x', '')"], {}, 'node')).toThrow(/EROFS|EACCES/);
  });
});
