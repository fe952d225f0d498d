import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unpack } from '../../../src/service/decision/archive.ts';
import { ENTRYPOINTS, FIXTURE, FIXTURE_POLICY, buildBundle, inFolder, opa, rebuildFixture } from './support/fixture.ts';

describe('the committed bundle', () => {
  // AUTHCTL_UPDATE_FIXTURES=1 makes it anew; without it the test says when that is needed.
  it.skipIf(opa === undefined)('is what OPA makes of the policy beside it', async () => {
    if (process.env['AUTHCTL_UPDATE_FIXTURES'] === '1') await rebuildFixture(opa ?? '');
    const committed = unpack(readFileSync(FIXTURE));
    const fresh = await inFolder((folder) => {
      const output = join(folder, 'bundle.tar.gz');
      buildBundle(opa ?? '', FIXTURE_POLICY, output, ENTRYPOINTS, ['--bundle', '--revision', 'fixture-1']);
      return unpack(readFileSync(output));
    });
    const names = [...fresh.keys()].filter((name) => name !== '.signatures.json').toSorted();
    expect([...committed.keys()].filter((name) => name !== '.signatures.json').toSorted()).toEqual(names);
    for (const name of names) expect([name, committed.get(name)?.equals(fresh.get(name) ?? Buffer.of())]).toEqual([name, true]);
  });
});
