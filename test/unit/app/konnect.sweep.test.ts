import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { Events } from 'authctl';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KONNECT_TOKEN, startFakeKonnect } from '../providers/kong/fake-konnect.ts';
import { blueprint, startTargets } from './targets.ts';

const directory = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'authctl-konnect-'));
  onTestFinished(() => { rmSync(made, { recursive: true }); });
  return made;
};

describe('drift by way of a control plane of Konnect', () => {
  it('finds nothing where all is as the blueprint says, says what it cannot see, and finds a side door', async () => {
    const targets = await startTargets();
    const kong = targets['KONG_ADMIN_URL'] ?? '';
    const managed = createAuthctl({ env: targets, localStack: false, cwd: directory() });
    expect(exitCodeOf(await managed.apply(resolve(blueprint), { approve: true }))).toBe(0);
    const konnect = await startFakeKonnect({ kong });
    onTestFinished(() => konnect.close());
    const { KONG_ADMIN_URL: _admin, ...rest } = targets;
    const file = join(directory(), 'ledger.yaml');
    const admin = /^ {4}admin: .*$/m;
    const text = readFileSync(blueprint, 'utf8');
    expect(text).toMatch(admin);
    writeFileSync(file, text.replace(admin, '    manage: none\n    konnect: { region: eu, controlPlane: shop, token: "${KONNECT_TOKEN}", endpoint: "${KONNECT_URL}" }'));
    const untried: string[] = [];
    const events: Events = (event) => { if (event.type === 'blueprint.untried') untried.push(event.notice); };
    const authctl = createAuthctl({ env: { ...rest, KONNECT_URL: konnect.url, KONNECT_TOKEN }, localStack: false, cwd: directory(), events });

    const before = await authctl.drift(file);
    expect([before.problems, before.plan?.dangers, exitCodeOf(before)]).toEqual([[], [], 0]);
    expect(before.plan?.unseen).toEqual([{ target: 'kong', what: 'filters in WebAssembly, and what else a data plane has of its own', why: 'Konnect does not say it' }]);
    expect(untried).toEqual([expect.stringContaining('never read on the real service')]);

    // Around the guards, which stand on the blueprint's own service.
    const { data } = (await (await fetch(`${kong}/services`)).json()) as { readonly data: readonly { readonly name: string; readonly protocol: string; readonly host: string; readonly port: number }[] };
    const known = data.find(({ name }) => name === 'tickets.tickets');
    expect(known).toBeDefined();
    const { protocol, host, port } = known ?? {};
    for (const [path, body] of [['/services', { name: 'around', protocol, host, port }], ['/services/around/routes', { name: 'side-door', paths: ['/side-door'] }]] as const)
      expect((await fetch(`${kong}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status).toBe(201);
    const after = await authctl.drift(file);
    expect(exitCodeOf(after)).toBe(2);
    expect(after.plan?.dangers).toEqual([expect.objectContaining({ danger: expect.objectContaining({ kind: 'kong.route', id: 'side-door', effect: 'opens' }) as unknown })]);
    expect(JSON.stringify([before, after])).not.toContain(KONNECT_TOKEN);
    expect(konnect.seen.filter((line) => !line.startsWith('GET /v2/control-planes'))).toEqual([]);
  });
});
