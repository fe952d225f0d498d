import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../../../infra/stand-ins/src/aws/index.ts';
import { type Answered, type TestApi, type Upstream, call, createApi, sdk, start, startUpstream, testClock } from '../fixture.ts';

let aws: EmbeddedAws;
let upstream: Upstream;
const clock = testClock();

beforeAll(async () => {
  [upstream, aws] = await Promise.all([startUpstream(), start({ clock: clock.read })]);
});

afterAll(() => Promise.all([aws.close(), upstream.close()]));

const newApi = (): Promise<TestApi> => createApi(sdk(aws));
const gist = ({ status, body }: Answered): readonly [number, string] => [status, body];

describe('throttling', () => {
  it('lets a burst pass, then the rate, a bucket for each route', async () => {
    const api = await newApi();
    const integration = await api.integration(upstream.url);
    await api.route('GET /a', integration);
    await api.route('GET /b', integration);
    await api.stage({
      DefaultRouteSettings: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 0.5 },
      RouteSettings: { 'GET /b': { ThrottlingBurstLimit: 1 } },
    });
    const statuses = async (path: string, times: number): Promise<readonly number[]> => {
      const found: number[] = [];
      for (let time = 0; time < times; time += 1) found.push((await call(`${api.url}${path}`)).status);
      return found;
    };
    expect([await statuses('/a', 3), await statuses('/b', 2)]).toEqual([
      [200, 200, 429],
      [200, 429],
    ]);
    expect(gist(await call(`${api.url}/a`))).toEqual([429, '{"message":"Too Many Requests"}']);
    clock.now += 2;
    expect(await statuses('/a', 2)).toEqual([200, 429]);
  });
});
