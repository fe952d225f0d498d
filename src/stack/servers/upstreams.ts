import type { Room, Started } from '../room.ts';
import { startGrpcUpstream } from './grpc-upstream.ts';
import { startUpstream } from './upstream.ts';

/** `order-items` -> `ORDER_ITEMS` */
export const addressName = (service: string): string => service.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();

/** `order-items` -> `ORDER_ITEMS_URL`, `ORDER_ITEMS_RECORDER_URL` */
export const addressVariables = (service: string, url: string, recorder = url): Readonly<Record<string, string>> => {
  const name = addressName(service);
  return { [`${name}_URL`]: url, [`${name}_RECORDER_URL`]: recorder };
};

/** A recording upstream for each service; it is its own recorder. One of gRPC tells by HTTP what it saw. */
export const startUpstreams = async (
  room: Room,
  services: readonly string[],
  ports: Readonly<Record<string, number>>,
  grpc: readonly string[] = [],
): Promise<Started> => {
  const upstreams = await Promise.all(
    services.map(async (service) => ({ service, server: await (grpc.includes(service) ? startGrpcUpstream : startUpstream)({ service, port: ports[service] ?? 0 }) })),
  );
  return {
    servers: upstreams.map(({ service, server: { url } }) => ({
      name: service, what: grpc.includes(service) ? 'recording upstream of gRPC' : 'recording upstream', url, pid: process.pid, log: room.log('stack'),
    })),
    env: Object.assign({}, ...upstreams.map(({ service, server: { url, recorder } }) => addressVariables(service, url, recorder))) as Record<string, string>,
    stop: async () => {
      await Promise.all(upstreams.map(({ server }) => server.close()));
    },
  };
};
