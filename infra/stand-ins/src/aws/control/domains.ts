import { badRequest, conflict, notFound } from '../fault.ts';
import { findApi, freshId, type Store } from '../store.ts';
import type { ApiMapping, DomainName } from '../types.ts';
import { required } from './fields.ts';
import { created, gone, ok, type Call, type Operation } from './operation.ts';
import { page } from './paging.ts';
import { checkTags, readTags } from './tags.ts';

const domainName = { min: 1, max: 512, pattern: /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/ };

const findDomain = ({ domains }: Store, region: string, name: string) => {
  const found = domains.get(name);
  if (found?.region !== region) throw notFound('Invalid domain name identifier specified');
  return found;
};
const domainOf = ({ store, region, param }: Call) => findDomain(store, region, param('domainName'));

const path = '/v2/domainnames';
const one = `${path}/{domainName}`;

/** Custom domain names and their API mappings: who has the DNS entry is nobody's business here. */
export const domainOperations: readonly Operation[] = [
  {
    method: 'POST',
    path,
    run: ({ store, region, fields }) => {
      const name = required('domainName', fields.text('domainName', domainName));
      const configurations = fields.has('domainNameConfigurations');
      if (!configurations) throw badRequest('DomainNameConfigurations is required');
      if (store.domains.has(name)) throw conflict(`The domain name you provided already exists: ${name}`);
      const domain: DomainName = {
        apiMappingSelectionExpression: '$request.basepath',
        domainName: name,
        domainNameConfigurations: [{ endpointType: 'REGIONAL', domainNameStatus: 'AVAILABLE', securityPolicy: 'TLS_1_2' }],
        routingMode: 'API_MAPPING_ONLY',
        tags: checkTags(readTags(fields) ?? {}),
      };
      store.domains.set(name, { region, domain, mappings: new Map() });
      return created(domain);
    },
  },
  {
    method: 'GET',
    path,
    run: (call) => {
      const here = [...call.store.domains.values()].filter(({ region }) => region === call.region);
      return ok(page(call, 'domainnames', here.map(({ domain }) => domain)));
    },
  },
  { method: 'GET', path: one, run: (call) => ok(domainOf(call).domain) },
  {
    method: 'DELETE',
    path: one,
    run: (call) => {
      call.store.domains.delete(domainOf(call).domain.domainName);
      return gone;
    },
  },
  {
    method: 'POST',
    path: `${one}/apimappings`,
    run: (call) => {
      const { mappings } = domainOf(call);
      const { fields, store, region } = call;
      const apiId = required('apiId', fields.text('apiId', { max: 64 }));
      const stage = required('stage', fields.text('stage', { min: 1, max: 128 }));
      if (!findApi(store, region, apiId).stages.has(stage)) throw badRequest('Invalid stage identifier specified');
      const apiMappingKey = fields.text('apiMappingKey', { max: 300, pattern: /^[A-Za-z0-9$_.+!*'()/-]*$/ }) ?? '';
      if ([...mappings.values()].some((other) => other.apiMappingKey === apiMappingKey)) throw conflict('ApiMapping key already exists for this domain name');
      const mapping: ApiMapping = { apiId, apiMappingId: freshId(6, (id) => mappings.has(id)), apiMappingKey, stage };
      mappings.set(mapping.apiMappingId, mapping);
      return created(mapping);
    },
  },
  { method: 'GET', path: `${one}/apimappings`, run: (call) => ok(page(call, 'apimappings', domainOf(call).mappings.values())) },
  {
    method: 'PATCH',
    path: `${one}/apimappings/{apiMappingId}`,
    run: (call) => {
      const { mappings } = domainOf(call);
      const { fields, store, region } = call;
      const held = mappings.get(call.param('apiMappingId'));
      if (held === undefined) throw notFound('Invalid API mapping identifier specified');
      const apiId = required('apiId', fields.text('apiId', { max: 64 }));
      const stage = fields.text('stage', { min: 1, max: 128 }) ?? held.stage;
      if (!findApi(store, region, apiId).stages.has(stage)) throw badRequest('Invalid stage identifier specified');
      const mapping: ApiMapping = { ...held, apiId, stage };
      mappings.set(held.apiMappingId, mapping);
      return ok(mapping);
    },
  },
  {
    method: 'DELETE',
    path: `${one}/apimappings/{apiMappingId}`,
    run: (call) => {
      if (!domainOf(call).mappings.delete(call.param('apiMappingId'))) throw notFound('Invalid API mapping identifier specified');
      return gone;
    },
  },
];
