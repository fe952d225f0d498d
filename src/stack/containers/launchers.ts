import type { Launcher, Room } from '../room.ts';
import type { Engine } from './engine.ts';
import { startContainer, writeFor } from './run.ts';

/** Where a configuration is found in a container. */
const PLACE = '/run/authctl';

/** OPA in a container: its image is one program, which has no shell to ask anything of. */
export const opaContainer = (engine: Engine, room: Room, image: string): Launcher => ({
  what: () => Promise.resolve(`OPA, ${image}`),
  start: async ({ path, text }, args) => {
    const inside = `${PLACE}/config.json`;
    return startContainer(engine, room, {
      name: 'opa', title: 'OPA', image, args: [...args, '--config-file', inside], mounts: { [inside]: await writeFor(path, text) },
    });
  },
});

/** Redis in a container. The image's entrypoint is left out: it changes the owner of the folder that it starts in. */
export const redisContainer = (engine: Engine, room: Room, image: string): Launcher => ({
  what: () => Promise.resolve(`Redis, ${image}`),
  start: async ({ path, text }, args) => {
    const inside = `${PLACE}/redis.conf`;
    return startContainer(engine, room, {
      name: 'redis', title: 'Redis', image, entrypoint: 'redis-server', args: [inside, ...args], mounts: { [inside]: await writeFor(path, `${text}dir /tmp\n`) },
    });
  },
});
