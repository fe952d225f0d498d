import type { Evidence } from '../../core/report.ts';
import { pathFor } from '../../access/index.ts';
import { newFixtureName } from '../../core/fixture.ts';
import type { Check, Outcome } from '../contract.ts';
import type { HttpAnswer } from '../kit/http.ts';
import { addressOfStore } from '../kit/fixtures/servers.ts';
import { dump, withStore } from '../kit/store.ts';
import type { Store } from '../kit/store.ts';
import { failed, mustBeAlive, mustBeDead, sessionCheck, skipped } from '../kit/session-scene.ts';
import type { Scene } from '../kit/session-scene.ts';
import { gotThrough } from '../kit/through.ts';
import { TOKEN } from './ses-sign-in.ts';

const storeOf = ({ site }: Scene): string => site.session.storeUrl?.reveal() ?? '';

/** Straight to a gateway, and not into the journal: while the store is away a 503 is the right answer. */
const ask = ({ kit, subject, site }: Scene, cookie: string, base = kit.blueprint.targets.kong?.proxy.url ?? ''): Promise<HttpAnswer> =>
  kit.send({
    url: `${base}${pathFor(subject.service, subject.route, undefined)}`,
    method: subject.route.method,
    headers: [['Cookie', `${site.session.cookie}=${cookie}`], ['Accept', 'application/json']],
  });

const shown = (request: string, { status, milliseconds }: HttpAnswer): Evidence => ({ request, status, answer: `${Math.round(milliseconds)} ms` });

const clears = (answer: HttpAnswer, name: string): boolean => answer.setCookies.some((line) => line.startsWith(`${name}=`));

/** What must hold while the store is away and after: nobody passes, an answer comes soon, and the session is there again afterwards. */
const whileAway = async (scene: Scene, how: string, away: (store: Store, meanwhile: () => Promise<void>) => Promise<void>): Promise<Outcome> => {
  if (scene.site.session.store !== 'redis') return skipped(`only of Redis can it be asked that ${how}`);
  const signedIn = await scene.signIn();
  const control = await mustBeAlive(scene, signedIn);
  if (control) return control;
  const { now, wait } = scene.kit.clock;
  const cookie = signedIn.cookie.reveal();
  const answers: HttpAnswer[] = [];
  await withStore(scene.kit.openStore, storeOf(scene), (store) =>
    away(store, async () => {
      // None begins so late that its answer may come when the store is back.
      const begun = now();
      while (answers.length < 3 && now() - begun < 1500) answers.push(await ask(scene, cookie));
    }),
  );
  const evidence = answers.map((answer) => shown(`a good session while ${how}`, answer));
  const open = answers.find(gotThrough);
  if (open) return failed(`a request passed while ${how}`, evidence);
  const silent = answers.find(({ status, milliseconds }) => status === 0 || milliseconds > 5000);
  if (silent) return { status: 'crashed', why: `no answer within five seconds while ${how}`, evidence };
  if (answers.some((answer) => clears(answer, scene.site.session.cookie))) return failed('the session cookie was taken from the browser', evidence);
  const begun = now();
  for (;;) {
    const answer = await ask(scene, cookie);
    const after = (now() - begun) / 1000;
    if (gotThrough(answer)) return { status: 'passed', evidence: [...evidence, { ...shown('the same session afterwards', answer), answer: `${after.toFixed(1)} s later` }] };
    if (after > 10) return failed(`the session is still refused 10 s after the store came back (${answer.status})`, evidence);
    await wait(100);
  }
};

/** The store: the session is in it and nowhere else, unreadable, and nobody passes without it. */
export const sesStore: readonly Check[] = [
  sessionCheck({
    id: 'SES-09',
    claim: 'a session opens the service at another gateway node, too, and its logout counts there',
    severity: 'high',
    source: 'Kong, "session" plugin: a secret that is not stated differs on every node',
    needs: ['persona', 'second-node'],
    run: async (scene) => {
      const { kit } = scene;
      const { url = '', secondNode = '' } = kit.blueprint.targets.kong?.proxy ?? {};
      const cookie = (await scene.signIn()).cookie.reveal();
      const evidence: Evidence[] = [];
      for (const base of [url, secondNode, url, secondNode]) {
        const answer = await ask(scene, cookie, base);
        evidence.push(shown(`a good session at ${base}`, answer));
        if (!gotThrough(answer)) return failed(`refused at ${base} with ${answer.status}`, evidence);
      }
      const without = await ask(scene, 'made-up', secondNode);
      evidence.push(shown(`a made-up session at ${secondNode}`, without));
      return without.status === 401 ? { status: 'passed', evidence } : failed(`a made-up session got ${without.status} at the second node`, evidence);
    },
  }),
  sessionCheck({
    id: 'SES-28',
    claim: 'the session is in the store and nowhere else, and nobody who reads the store finds a token in it',
    severity: 'critical',
    source: 'ASVS 5.0 14.2.4, 7.2.1; CWE-312',
    needs: ['persona', 'store', 'disruptive'],
    run: (scene) =>
      withStore(scene.kit.openStore, storeOf(scene), async (store) => {
        const before = new Set((await dump(store)).map(({ key }) => key));
        const signedIn = await scene.signIn();
        const control = await mustBeAlive(scene, signedIn);
        if (control) return control;
        const all = await dump(store);
        const fresh = all.filter(({ key }) => !before.has(key));
        const evidence: Evidence[] = [{ request: 'read the store before and after a sign-in', answer: `${fresh.length} new of ${all.length} keys` }];
        const readable = all.filter(({ value }) => TOKEN.test(value) || TOKEN.test(Buffer.from(value, 'base64').toString('latin1')));
        if (readable.length > 0) return failed(`${readable.length} of ${all.length} values hold a token that can be read`, evidence);
        if (all.some(({ value }) => value.includes(signedIn.cookie.reveal()))) return failed('the store holds the whole cookie: whoever reads it can show it', evidence);
        const endless = fresh.filter(({ seconds }) => seconds < 0);
        if (endless.length > 0) return failed('a key of the session never ends', evidence);
        for (const { key } of fresh) await store.ask('DEL', key);
        const dead = await mustBeDead(scene, signedIn.cookie.reveal(), 'a session that was taken out of the store');
        return { ...dead, evidence: [...evidence, ...dead.evidence] };
      }),
  }),
  sessionCheck({
    id: 'SES-18',
    claim: 'with a store that hangs nobody passes, an answer comes soon, and the session is there again afterwards',
    severity: 'high',
    source: 'ASVS 5.0 16.5.2, 16.5.3 (fail securely)',
    needs: ['persona', 'store', 'disruptive'],
    run: (scene) =>
      whileAway(scene, 'the store hangs', async (store, meanwhile) => {
        await store.ask('CLIENT', 'PAUSE', '7000', 'ALL');
        await meanwhile();
        // It goes on by itself; a question to it waits until then.
        await store.ask('PING');
      }),
  }),
  sessionCheck({
    id: 'SES-19',
    claim: 'with a store that takes no connection nobody passes, an answer comes soon, and the session is there again afterwards',
    severity: 'high',
    source: 'ASVS 5.0 16.5.2, 16.5.3 (fail securely)',
    needs: ['persona', 'store', 'disruptive'],
    run: (scene) =>
      whileAway(scene, 'the store takes no connection', async (store, meanwhile) => {
        const held = (await store.ask('CONFIG', 'GET', 'maxclients')) as readonly string[];
        const [name, before] = [newFixtureName(Date.now()), held[1] ?? '10000'];
        // Noted, as everything is that a run leaves otherwise for a while: were it killed now, nobody could sign in until the next one.
        const setting = { target: 'store', sort: 'setting', name, within: `maxclients ${before}`, address: addressOfStore(storeOf(scene)) } as const;
        await scene.kit.fixtures.hold(setting, () => store.ask('CONFIG', 'SET', 'maxclients', '1'));
        try {
          await store.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
          await meanwhile();
        } finally {
          // By this connection: another may not be taken.
          await store.ask('CONFIG', 'SET', 'maxclients', before);
          await scene.kit.fixtures.release(name);
        }
      }),
  }),
];
