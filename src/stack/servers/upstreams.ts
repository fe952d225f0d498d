import type { Room, Started } from '../room.ts';
import { startUpstream } from './upstream.ts';

/** `order-items` -> `ORDER_ITEMS` */
export const addressName = (service: string): string => service.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();

/** `order-items` -> `ORDER_ITEMS_URL`, `ORDER_ITEMS_RECORDER_URL` */
export const addressVariables = (service: string, url: string): Readonly<Record<string, string>> => {
  const name = addressName(service);
  return { [`${name}_URL`]: url, [`${name}_RECORDER_URL`]: url };
};

/** A recording upstream for each service; it is its own recorder. */
export const startUpstreams = async (
  room: Room,
  services: readonly string[],
  ports: Readonly<Record<string, number>>,
): Promise<Started> => {
  const upstreams = await Promise.all(
    services.map(async (service) => ({ service, server: await startUpstream({ service, port: ports[service] ?? 0 }) })),
  );
  return {
    servers: upstreams.map(({ service, server: { url } }) => ({
      name: service, what: 'recording upstream', url, pid: process.pid, log: room.log('stack'),
    })),
    env: Object.assign({}, ...upstreams.map(({ service, server: { url } }) => addressVariables(service, url))) as Record<string, string>,
    stop: async () => {
      await Promise.all(upstreams.map(({ server }) => server.close()));
    },
  };
};
