import type { ProofMemory } from './proof.ts';

/** Sends one command, in its words, and gives the reply. node-redis: `(words) => client.sendCommand(words)`; ioredis: `([name, ...rest]) => redis.call(name, ...rest)`. */
export type SendToRedis = (words: string[]) => Promise<unknown>;

/**
 * A memory of proofs that all processes of a service share: one `SET … NX EX` for each, so that of two that ask at once one is first. Who cannot tell within
 * `timeout` seconds (1) rejects, which is an answer of 503, as for a Redis that is away or full; its `maxmemory-policy` must be `noeviction`. `prefix` is
 * that of the keys: a gateway in front notes the same proofs, so that the two must not have one (`authctl-proof:` is its).
 */
export const proofsInRedis = (send: SendToRedis, { prefix = 'authctl-service-proof:', timeout = 1 }: { readonly prefix?: string; readonly timeout?: number } = {}): ProofMemory => ({
  once: async (proof, seconds) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => { reject(new Error('Redis does not answer')); }, timeout * 1000);
    });
    try {
      const reply = await Promise.race([send(['SET', `${prefix}${proof}`, '1', 'NX', 'EX', String(Math.ceil(seconds))]), late]);
      if (reply === null) return false;
      if (String(reply) === 'OK') return true;
      throw new Error('Redis gave an answer that is none');
    } finally {
      clearTimeout(timer);
    }
  },
});
