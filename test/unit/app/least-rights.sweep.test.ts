import { createAuthctl } from 'authctl';
import type { Authctl, PermissionsRequest, Report } from 'authctl';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startUndoProxy } from '../../stack/undo-proxy.ts';
import { startAws, startKong } from './worlds.ts';
import type { World } from './worlds.ts';

type Login = PermissionsRequest['login'];

/** RBAC of Kong Enterprise: `*` stands for one part of a path (https://developer.konghq.com/gateway/entities/rbac/). */
const ofKong = (right: string) => {
  const [action = '', pattern = ''] = right.split(' ');
  const methods: Readonly<Record<string, readonly string[]>> = { read: ['GET', 'HEAD'], create: ['POST', 'PUT'], update: ['PATCH', 'PUT'], delete: ['DELETE'] };
  const path = new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.$]/g, '\\$&')).join('[^/]+')}$`);
  return (method: string, asked: string): boolean => (methods[action] ?? []).includes(method) && path.test(asked);
};

/** IAM: `*` stands for any text (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html). The address of the API begins with /v2. */
const ofAws = (right: string) => {
  const [action = '', pattern = ''] = right.split(' ');
  const path = new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.$]/g, '\\$&')).join('.*')}$`);
  return (method: string, asked: string): boolean => action === method && path.test(asked.replace(/^\/v2/, ''));
};

interface Guarded {
  readonly authctl: Authctl;
  readonly file: string;
  readonly held: World['held'];
  readonly rightsOf: (login: Login) => Promise<readonly string[]>;
  /** From now on everything else is 403. */
  readonly allow: (rights: readonly string[]) => void;
  /** Requests that were refused since. */
  readonly refused: () => readonly string[];
  /** Rights without which a request since then would have been refused. */
  readonly needed: () => readonly string[];
}

const guarded = async (start: () => Promise<World>, variable: string, target: string, fits: (right: string) => (method: string, path: string) => boolean): Promise<Guarded> => {
  const world = await start();
  const proxy = await startUndoProxy(world.env[variable] ?? '');
  onTestFinished(async () => {
    await proxy.close();
    await world.close();
  });
  const authctl = createAuthctl({ env: { ...world.env, [variable]: proxy.url }, localStack: false });
  let refused: string[] = [];
  let needed = new Set<string>();
  return {
    authctl,
    file: world.file,
    held: world.held,
    rightsOf: async (login) => (await authctl.permissions(world.file, { login })).data?.targets[target]?.rights ?? [],
    allow: (rights) => {
      [refused, needed] = [[], new Set()];
      const given = rights.map((right) => [right, fits(right)] as const);
      proxy.decide((method, url) => {
        const path = url.split('?')[0] ?? '';
        const fitting = given.filter(([, fit]) => fit(method, path)).map(([right]) => right);
        const [only, ...others] = fitting;
        if (only !== undefined && others.length === 0) needed.add(only);
        if (only === undefined) refused.push(`${method} ${path}`);
        return only === undefined ? 403 : 'pass';
      });
    },
    refused: () => refused,
    needed: () => [...needed],
  };
};

/** A lock that nobody could take away ends by itself. */
const told = ({ problems, plan, applied = [], notes = [] }: Report): boolean =>
  problems.length > 0 || (plan?.unseen.length ?? 0) > 0 || applied.some(({ outcome }) => outcome === 'failed') || notes.some((note) => /^the lock .* could not be taken away/.test(note));

const WORLDS = [
  ['Kong', () => guarded(startKong, 'KONG_ADMIN_URL', 'kong', ofKong)],
  ['API Gateway', () => guarded(startAws, 'AWS_ENDPOINT', 'aws', ofAws)],
] as const;

describe.each(WORLDS)('a login at %s with the least rights', (_server, start) => {
  it('is refused nothing, whatever it is for', async () => {
    const { authctl, file, allow, refused, rightsOf } = await start();
    const run = async (login: Login, work: () => Promise<Report>): Promise<Report> => {
      allow(await rightsOf(login));
      const report = await work();
      expect([login, refused(), report.problems]).toEqual([login, [], []]);
      return report;
    };
    // Who only looks may not even ask what would be refused, and says so.
    allow(await rightsOf('plan'));
    const { problems, notes = [] } = await authctl.plan(file);
    expect([problems, refused().filter((request) => !/^POST .*\/validate$/.test(request)), notes.filter((note) => note.startsWith('what would be refused of it was not asked: ')).length]).toEqual([[], [], Math.min(refused().length, 1)]);
    await run('apply', () => authctl.apply(file, { approve: true }));
    expect((await run('drift', () => authctl.drift(file))).negative).toBe(false);
    await run('apply', () => authctl.apply(file, { approve: true }));
    await run('destroy', () => authctl.destroy(file, { approve: true }));
  });

  it('is told what it lacks, one right at a time: nothing is taken for absent, and nothing for done', async () => {
    const { authctl, file, allow, refused, needed, rightsOf, held } = await start();
    const [rights, reading] = [await rightsOf('apply'), await rightsOf('drift')];
    allow(rights);
    expect((await authctl.apply(file, { approve: true })).problems).toEqual([]);
    const making = needed().filter((right) => !reading.includes(right));
    const whole = await held();
    allow(reading);
    await authctl.drift(file);
    const looking = needed();
    const silent: string[] = [];
    for (const missing of looking) {
      allow(reading.filter((right) => right !== missing));
      const report = await authctl.drift(file);
      expect([missing, refused().length > 0]).toEqual([missing, true]);
      if (!told(report)) silent.push(missing);
    }
    expect([silent, looking.length > 3]).toEqual([[], true]);
    for (const missing of making) {
      allow(rights);
      await authctl.destroy(file, { approve: true });
      allow(rights.filter((right) => right !== missing));
      const report = await authctl.apply(file, { approve: true });
      if (!told(report)) silent.push(missing);
      // What was not done is done by whoever may.
      allow(rights);
      expect([missing, (await authctl.apply(file, { approve: true })).problems, await held()]).toEqual([missing, [], whole]);
    }
    // Without these the same is done in another way, and nothing is lacking.
    const otherwise = making.filter((right) => right.startsWith('create /upstreams'));
    expect([silent, making.length > 3]).toEqual([otherwise, true]);
  }, 240_000);
});
