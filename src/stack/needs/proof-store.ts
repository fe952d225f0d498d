import type { Blueprint } from '../../blueprint/types.ts';
import { remembersTogether } from '../../patterns/proof-store.ts';
import type { StackNeeds } from '../types.ts';
import { placeholderOf } from './placeholders.ts';

/** Whether proofs of bound tokens are remembered in a Redis that the stack is to start: where `PROOF_STORE_URL` is not set, which the stack then names. */
export const proofStoreNeeds = (blueprint: Blueprint): Pick<StackNeeds, 'proofStore'> =>
  Object.values(blueprint.services).some(({ authentication: { token } }) => remembersTogether(token) && token.proofs?.url?.reveal() === placeholderOf('PROOF_STORE_URL'))
    ? { proofStore: true }
    : {};
