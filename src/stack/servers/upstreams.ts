import type { Room, Started } from '../room.ts';
import { startUpstream } from './upstream.ts';

/** `order-items` -> `ORDER_ITEMS_URL` */
export const urlVariable = (service: string): string => `${service.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()}_URL`;

/** A recording upstream for each service. */
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
    env: Object.fromEntries(upstreams.map(({ service, server: { url } }) => [urlVariable(service), url])),
    stop: async () => {
      await Promise.all(upstreams.map(({ server }) => server.close()));
    },
  };
};
