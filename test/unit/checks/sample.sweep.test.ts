import { describe, expect, it } from 'vitest';
import type { Blueprint, Route } from '../../../src/blueprint/types.ts';
import { checks } from '../../../src/checks/catalogue.ts';
import type { HttpAnswer } from '../../../src/checks/kit/http.ts';
import type { Verdict } from '../../../src/core/report.ts';
import type { Live } from '../../../src/core/resource.ts';
import { EXAMPLES, loadExample } from './worlds/examples.ts';
import { answerOf } from './worlds/incoming.ts';
import type { Incoming } from './worlds/incoming.ts';
import { open } from './worlds/sins.ts';
import { createWorld } from './worlds/world.ts';

type Sample = Partial<NonNullable<Route['sample']>>;
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** The shop with samples of some routes of orders, and without a recorder where that is said. */
const shop = async (samples: Readonly<Record<string, Sample>> = {}, recorded = true): Promise<Blueprint> => {
  const blueprint = await loadExample('sso');
  const { orders } = blueprint.services;
  if (!orders) throw new Error('there is no service orders');
  const { recorder, ...unseen } = orders;
  const routes = orders.routes.map((route) => (samples[route.id] === undefined ? route : { ...route, sample: { path: {}, query: {}, headers: {}, ...samples[route.id] } }));
  return { ...blueprint, services: { ...blueprint.services, orders: { ...unseen, ...(recorded && { recorder: recorder ?? '' }), routes } } };
};

interface Told {
  /** `POS-01 kong orders.read`: its status and why. */
  readonly verdicts: Readonly<Record<string, string>>;
  /** What the upstream got. */
  readonly arrived: readonly Incoming[];
  readonly sent: readonly Incoming[];
}

const textOf = ({ status, why }: Verdict): string => (why === undefined ? status : `${status}: ${why}`);

/** Runs checks at a gateway in front of a service that answers in its own way. */
const tell = async (
  ids: readonly string[],
  blueprint: Blueprint,
  { service = (_request: Incoming, right: HttpAnswer) => right, ...run }: { readonly service?: (request: Incoming, right: HttpAnswer) => HttpAnswer; readonly local?: boolean; readonly disruptive?: boolean } = {},
): Promise<Told> => {
  const arrived: Incoming[] = [];
  const sent: Incoming[] = [];
  const world = createWorld(
    blueprint,
    {
      answer: (place, request, right) => {
        const answer = right();
        if (place !== 'kong' && place !== 'aws' && place !== 'service') return answer;
        sent.push(request);
        if (answer.status !== 200 || request.method === 'OPTIONS') return answer;
        arrived.push(request);
        return service(request, answer);
      },
    },
    run,
  );
  const verdicts = await world.verify(ids.length === 0 ? checks : checks.filter(({ id }) => ids.includes(id)));
  return { verdicts: Object.fromEntries(verdicts.map((verdict) => [`${verdict.id} ${verdict.subject}`, textOf(verdict)])), arrived, sent };
};

const passedOn = { 'x-kong-upstream-latency': '3', 'via': '1.1 kong/3.9.1' };
/** A service that has the order 1001 and no other. */
const knows1001 = (headers: Readonly<Record<string, string>> = passedOn) => ({ path }: Incoming, right: HttpAnswer): HttpAnswer =>
  /^\/orders\/\d+$/.test(path) && !path.endsWith('/1001') ? answerOf(404, { error: 'no such order' }, headers) : right;
/** A service that takes no order without an item. */
const wantsAnItem = ({ method, json }: Incoming, right: HttpAnswer): HttpAnswer =>
  method === 'POST' && !Object.hasOwn(json as object, 'item') ? answerOf(400, { error: 'no item' }, passedOn) : right;
const says = (status: number) => (): HttpAnswer => answerOf(status, { error: 'no' }, passedOn);

describe('a service that does not know the object 42', () => {
  it('was reached: its 404 is the answer to a request that was let through', async () => {
    const { verdicts } = await tell(['POS-01', 'SIG-03', 'AZ-06'], await shop(), { service: knows1001() });
    expect(Object.values(verdicts).filter((text) => text !== 'passed')).toEqual([]);
    expect(verdicts['POS-01 kong orders.read']).toBe('passed');
  });

  it('was reached where there is no recorder, if the gateway says that it passed the answer on', async () => {
    const { verdicts } = await tell(['POS-01'], await shop({}, false), { service: knows1001() });
    expect(verdicts['POS-01 kong orders.read']).toBe('passed');
  });

  it('is not taken for reached where nothing says so', async () => {
    const { verdicts } = await tell(['POS-01', 'SIG-03'], await shop({}, false), { service: knows1001({}) });
    expect(verdicts['POS-01 kong orders.read']).toBe("failed: must pass, and got 404, and nothing says that it is the service's");
    expect(verdicts['SIG-03 kong orders.read']).toMatch(/^inconclusive: a good token must pass/);
  });

  it('is asked for the one that the sample names, by everybody', async () => {
    const { verdicts, arrived } = await tell(['POS-01', 'AZ-06'], await shop({ read: { path: { id: '1001' } } }, false), { service: knows1001({}) });
    expect(verdicts['POS-01 kong orders.read']).toBe('passed');
    expect(arrived.map(({ method, path }) => `${method} ${path}`)).toContain('GET /orders/1001');
    expect(arrived.map(({ method, path }) => `${method} ${path}`)).not.toContain('GET /orders/42');
  });
});

describe('what a service says of its own that is no yes', () => {
  it.each([
    [401, 'failed'],
    [403, 'failed'],
    [500, 'crashed'],
  ] as const)('%s fails, and is told as its own', async (status, verdict) => {
    const { verdicts } = await tell(['POS-01'], await shop(), { service: says(status) });
    expect(verdicts['POS-01 kong orders.list']).toBe(`${verdict}: must pass, and got ${status} from the service itself`);
  });
});

describe('a service that refuses strangers itself, behind a gateway that lets them through', () => {
  const open = { answer: (place: string, { header }: Incoming, right: () => HttpAnswer): HttpAnswer => (place === 'kong' && header('authorization') === undefined ? answerOf(401, { error: 'no' }, { 'www-authenticate': 'Bearer', ...passedOn }) : right()) };

  it('has been reached, also where no recorder saw it', async () => {
    const told = async (blueprint: Blueprint) => (await createWorld(blueprint, open).verify(checks.filter(({ id }) => id === 'STR-01'))).find(({ subject }) => subject === 'kong orders.list');
    expect(await told(await shop({}, false))).toMatchObject({ status: 'failed', why: 'the request reached the upstream, which answered 401 itself' });
  });

  it('is not told of where services verify tokens as well', async () => {
    const { services, ...rest } = await shop({}, false);
    const { orders } = services;
    if (!orders) throw new Error('there is no service orders');
    const blueprint: Blueprint = { ...rest, services: { ...services, orders: { ...orders, authentication: { ...orders.authentication, pattern: 'jwt' } } } };
    const [verdict] = (await createWorld(blueprint, open).verify(checks.filter(({ id }) => id === 'STR-01'))).filter(({ subject }) => subject === 'kong orders.list');
    expect(verdict?.why ?? '').not.toMatch('reached the upstream');
  });
});

describe('a service that takes no empty body', () => {
  it('was reached by a write that it answers with 400', async () => {
    const { verdicts } = await tell(['POS-01'], await shop(), { service: wantsAnItem });
    expect(verdicts['POS-01 kong orders.place']).toBe('passed');
  });

  it('gets the body, the query and the headers of the sample with a good token', async () => {
    const blueprint = await shop({ place: { body: { item: 'tea' }, query: { dry: 'yes please' }, headers: { 'X-Tenant': 'shop', 'Content-Type': 'application/vnd.order+json' } } });
    const { verdicts, arrived } = await tell(['POS-01'], blueprint, { service: wantsAnItem });
    expect(verdicts['POS-01 kong orders.place']).toBe('passed');
    const [placed] = arrived.filter(({ method }) => method === 'POST');
    expect([placed?.json, placed?.query.get('dry'), placed?.header('x-tenant'), placed?.all('content-type')]).toEqual([{ item: 'tea' }, 'yes please', 'shop', ['application/vnd.order+json']]);
  });

  it('gets no body of the sample with what must be refused', async () => {
    const { verdicts, sent } = await tell(['STR-01', 'SIG-02', 'AZ-06'], await shop({ place: { body: { item: 'tea' } } }));
    expect(Object.values(verdicts).filter((text) => text.startsWith('failed'))).toEqual([]);
    const bodies = sent.filter(({ method, header }) => method === 'POST' && header('authorization') === undefined).map(({ json }) => json);
    expect(bodies.length).toBeGreaterThan(0);
    expect(bodies.filter((json) => Object.hasOwn(json as object, 'item'))).toEqual([]);
  });
});

describe('a write to somebody’s system with a valid credential', () => {
  const elsewhere = { local: false, disruptive: true };

  it('is not sent without a sample, and the verdict is skipped by that name', async () => {
    const { verdicts, arrived } = await tell(['POS-01', 'AZ-06'], await shop(), elsewhere);
    expect([verdicts['POS-01 kong orders.place'], verdicts['POS-01 kong orders.cancel']]).toEqual(['skipped: sample', 'skipped: sample']);
    expect([verdicts['AZ-06 kong orders.place as alice'], verdicts['AZ-06 kong orders.cancel as sam']]).toEqual(['skipped: sample', 'skipped: sample']);
    // Without a credential it is an attack, and is refused.
    expect(verdicts['AZ-06 kong orders.place as anonymous']).toBe('passed');
    expect(arrived.filter(({ method }) => WRITES.includes(method))).toEqual([]);
  });

  it('is sent where an empty sample gives leave, and only there', async () => {
    const { verdicts, arrived } = await tell(['POS-01', 'AZ-06'], await shop({ place: {} }), elsewhere);
    expect([verdicts['POS-01 kong orders.place'], verdicts['AZ-06 kong orders.place as alice'], verdicts['POS-01 kong orders.cancel']]).toEqual(['passed', 'passed', 'skipped: sample']);
    expect([...new Set(arrived.filter(({ method }) => WRITES.includes(method)).map(({ method, path }) => `${method} ${path}`))]).toEqual(['POST /orders']);
  });

  it('is not sent at all, sample or not, where nothing may be disturbed', async () => {
    const { verdicts, arrived } = await tell(['POS-01', 'AZ-06'], await shop({ place: {} }), { local: false, disruptive: false });
    expect(verdicts['POS-01 kong orders.place']).toBe('skipped: disruptive');
    expect(arrived.filter(({ method }) => WRITES.includes(method))).toEqual([]);
  });

  it('is not sent with a token that lacks the scope, either, and tried with its body held back', async () => {
    const { verdicts, sent } = await tell(['CLM-13', 'CLM-21', 'CLM-22'], await shop(), { local: false, disruptive: false });
    const of = (id: string): readonly string[] => ['list', 'place', 'cancel'].map((route) => `${route} ${verdicts[`${id} kong orders.${route}`] ?? 'is no subject'}`);
    expect(of('CLM-21')).toEqual(['list passed', 'place skipped: disruptive', 'cancel skipped: disruptive']);
    expect(of('CLM-22')).toEqual(['list is no subject', 'place passed', 'cancel passed']);
    expect(verdicts['CLM-21 aws orders.place']).toBe('skipped: disruptive');
    expect(sent.filter(({ method }) => WRITES.includes(method)).map(({ method, header }) => [method, header('expect')])).toEqual(['POST', 'POST', 'DELETE', 'DELETE'].map((method) => [method, '100-continue']));
  });

  it.each([
    ['somebody in front waits for the body of whoever comes', () => answerOf(100), 'skipped: not tried: somebody waits for the body before anybody looks at a token', 1],
    ['nobody without a token is refused', () => answerOf(404), 'inconclusive: without a token it must be refused first, and it got 404', 1],
    ['who lacks the scope is waited for', (bytes: string) => answerOf(/^authorization:/im.test(bytes) ? 100 : 401), 'failed: the gateway waits for the body: nobody has refused such a token', 2],
    ['it breaks down', (bytes: string) => answerOf(/^authorization:/im.test(bytes) ? 500 : 401), 'crashed: expected 403, got 500', 2],
  ])('is held back, and where %s that is said', async (...[, answer, told, requests]) => {
    let count = 0;
    const bytes = (text: string): HttpAnswer => (text.startsWith('POST') ? ((count += 1), answer(text)) : answerOf(401));
    const verdicts = await createWorld(await shop(), { bytes }, { local: false, disruptive: false }).verify(checks.filter(({ id }) => id === 'CLM-22'));
    expect([verdicts.filter(({ subject }) => subject === 'kong orders.place').map(textOf), count]).toEqual([[told], requests]);
  });

  it('is not held back at a route that hands on what is not all there', async () => {
    const live = (objects: readonly Live[], kind: string): readonly Live[] => (kind === 'kong.route' ? objects.map((one) => (one.id === 'shop.orders.place' ? { ...one, spec: { ...one.spec, request_buffering: false } } : one)) : objects);
    const verdicts = await createWorld(await shop(), { live }).verify(checks.filter(({ id }) => id === 'CLM-22'));
    expect(verdicts.map((verdict) => `${verdict.subject} ${textOf(verdict)}`)).toEqual(['kong orders.place skipped: not tried: Kong may hand on what comes before the body is there', 'kong orders.cancel passed']);
  });

  it('is a write to a public route, too, where any request is let through', async () => {
    const blueprint = await shop({ place: {} });
    const { orders } = blueprint.services;
    const routes = orders?.routes.map((route) => (route.id === 'health' ? { ...route, method: 'POST' as const } : route)) ?? [];
    const open = { ...blueprint, services: { ...blueprint.services, ...(orders && { orders: { ...orders, routes } }) } };
    const found = await tell(['POS-07'], open, elsewhere);
    expect(found.verdicts['POS-07 kong orders.health']).toBe('skipped: sample');
    expect(found.arrived.filter(({ method }) => WRITES.includes(method))).toEqual([]);
  });

  it('still lets the forged ones be tried on it: the control is a read beside it', async () => {
    const { verdicts, sent } = await tell(['SIG-01', 'SIG-03'], await shop(), elsewhere);
    const tried = Object.keys(verdicts).filter((name) => name.endsWith('kong orders.place'));
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.map((name) => verdicts[name])).toEqual(tried.map(() => 'passed'));
    expect(sent.some(({ method }) => method === 'POST')).toBe(true);
  });

  it('hides nothing that was found without one, and passes for nothing that was not tried', async () => {
    const undeclared = checks.filter(({ id }) => id === 'PRE-18');
    const found = await createWorld(await shop(), open, elsewhere).verify(undeclared);
    expect(new Set(found.map(({ status }) => status))).toEqual(new Set(['failed']));
    const right = await tell(['PRE-18'], await shop(), elsewhere);
    expect(right.verdicts['PRE-18 kong orders.read']).toMatch(/^skipped: sample: none speaks of \w+ \/orders\/42$/);
    // What shows no credential was tried nonetheless.
    expect(right.sent.some(({ method, path }) => method === 'PATCH' && path === '/orders/42')).toBe(true);
  });

  it.each(EXAMPLES)('is in no check of the catalogue: nothing of %s is written', async (example) => {
    const { arrived, verdicts } = await tell([], await loadExample(example), elsewhere);
    expect(arrived.filter(({ method }) => WRITES.includes(method)).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(Object.entries(verdicts).filter(([, text]) => !/^(passed|skipped)/.test(text))).toEqual([]);
  });
});

describe('at API Gateway', () => {
  it('tells its own 404 from that of the service', async () => {
    const answers = (body: unknown) => ({ path }: Incoming, right: HttpAnswer): HttpAnswer => (path === '/orders/42' ? answerOf(404, body, { 'apigw-requestid': 'abc=' }) : right);
    const of = async (body: unknown): Promise<string | undefined> => (await tell(['POS-01'], await shop({}, false), { service: answers(body) })).verdicts['POS-01 aws orders.read'];
    expect(await of({ error: 'no such order' })).toBe('passed');
    expect(await of({ message: 'Not Found' })).toBe("failed: must pass, and got 404, and nothing says that it is the service's");
  });
});
