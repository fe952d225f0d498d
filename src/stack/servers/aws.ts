import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { openLines } from '../files.ts';
import type { Room, Started } from '../room.ts';
import type { StackPorts } from '../types.ts';
import type { GatewayClock } from './kong.ts';

/** The development stand-in for API Gateway, in this process. It takes any credentials; these are made up and work nowhere else. */
export const startAws = async (room: Room, ports: StackPorts, { clock }: GatewayClock): Promise<Started> => {
  const { startEmbeddedAws, redactText } = await import('authctl-stand-ins');
  const log = openLines(room.log('aws'));
  const aws = await startEmbeddedAws({
    controlPort: ports.awsControl ?? 0,
    dataPort: ports.awsData ?? 0,
    host: '127.0.0.1',
    allowHttpIssuers: true,
    log: (entry) => { log.write(redactText(entry.type === 'access' ? entry.line : inspect(entry.error))); },
    ...(clock !== undefined && { clock: () => clock }),
  });
  const at = { pid: process.pid, log: room.log('aws') };
  return {
    servers: [
      { name: 'aws', what: "development stand-in for API Gateway's management API", url: aws.control.url, ...at },
      { name: 'aws-data', what: 'development stand-in for API Gateway', url: aws.data.url, ...at },
    ],
    env: {
      AWS_ENDPOINT: aws.control.url,
      AWS_ACCESS_KEY_ID: 'authctl-local',
      AWS_SECRET_ACCESS_KEY: randomBytes(30).toString('base64url'),
    },
    stop: async () => {
      await aws.close();
      log.close();
    },
  };
};
