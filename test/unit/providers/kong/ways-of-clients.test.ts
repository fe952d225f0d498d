import { expect, it, onTestFinished } from 'vitest';
import { elsewhere, exposes, hijack } from '../../../stack/sabotages/kong-hands.ts';
import { mismatches } from '../../../stack/sabotages/table.ts';
import { env, load, sso } from '../../blueprint/loading.ts';
import { goodGateway } from './by-hand.ts';
import { selfSigned } from './x509.ts';

const gatewayAskedBy = async (proxy: string) => {
  const text = await sso(['    proxy: { url: "${KONG_PROXY_URL:-http://localhost:8000}" }', `    proxy: { url: "\${KONG_PROXY_URL:-http://localhost:8000}"${proxy} }`]);
  const gateway = await goodGateway(await load(text, { env }));
  onTestFinished(() => gateway.kong.close());
  expect(gateway.failed).toEqual([]);
  return gateway;
};

it.each([
  [', origins: ["https://api.example", "https://www.example:8443"]', ['api.example']],
  [', origins: ["https://api.example", "https://www.example:8443"]', ['www.example:8443']],
  [', mtls: "https://certified.example:8444"', ['certified.example']],
])('a route that asks for a name by which clients come takes their requests: %s %j', async (proxy, hosts) => {
  const { hand, lines } = await gatewayAskedBy(proxy);
  expect(await lines()).toEqual([]);
  await elsewhere(hand, { paths: ['/orders'], hosts, methods: ['GET'] });
  expect(mismatches(exposes(hijack), await lines())).toEqual([]);
});

it('one that asks for a name by which nobody comes takes none of them', async () => {
  const { hand, lines } = await gatewayAskedBy(', origins: ["https://api.example"]');
  await elsewhere(hand, { paths: ['/orders'], hosts: ['partner.example'], methods: ['GET'] });
  expect(await lines()).toEqual([]);
});

it('a certificate of somebody else for the name at which clients show theirs is shown to them', async () => {
  const { hand, lines } = await gatewayAskedBy(', mtls: "https://certified.example:8444"');
  const { id } = await hand.create('/certificates', selfSigned('certified.example'));
  await hand.create('/snis', { name: 'certified.example', certificate: { id } });
  expect(mismatches(exposes(/^kong\.sni\/certified\.example$/), await lines())).toEqual([]);
});
