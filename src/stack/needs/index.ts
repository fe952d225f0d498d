import { loadBlueprint, referencedVariables, requiredSecrets } from '../../blueprint/index.ts';
import { speaksGrpc } from '../../blueprint/grpc.ts';
import { functionOf } from '../../blueprint/lambda.ts';
import { isListener } from '../../blueprint/listener.ts';
import type { Environment } from '../../blueprint/resolve.ts';
import type { ReadStored } from '../../blueprint/stored.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { isBound } from '../../patterns/bound.ts';
import type { StackNeeds } from '../types.ts';
import { stackBundleKey } from './bundle-key.ts';
import { clientKeys } from './client-keys.ts';
import { existingBundleOf } from './existing-bundle.ts';
import { guardedServices } from './guarded-services.ts';
import { proofStoreNeeds } from './proof-store.ts';
import { storefrontOf } from './storefront.ts';
import { addressesFor, placeholdersFor } from './placeholders.ts';
import { sessionNeeds } from './session-service.ts';

interface Needed {
  readonly needs: StackNeeds;
  /** The variables for which the stack makes a value up. */
  readonly secretNames: readonly string[];
  /** Those that are no random text, made already. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * What a blueprint needs of this machine. It is loaded with a placeholder for every secret that `stack up` is about to make: a
 * blueprint that is wrong is said to be wrong before anything is started.
 */
export const stackNeeds = async (path: string, env: Environment, overlay?: string): Promise<Needed> => {
  const secrets = await requiredSecrets(path, overlay);
  const placeholders = placeholdersFor(secrets);
  const addresses = addressesFor(await referencedVariables(path, overlay));
  // The addresses are made when it starts, too: whatever the blueprint says of a stand-in is right for now.
  const standIns = { AWS_ENDPOINT: 'http://127.0.0.1:9' };
  const blueprint = await loadBlueprint(path, { env: { ...placeholders, ...addresses, ...standIns, ...env }, overlay, readStored: unread });
  const { name, targets, services } = blueprint;
  const storefront = storefrontOf(blueprint);
  const key = stackBundleKey(blueprint, secrets);
  const needs = {
    name,
    keycloak: targets.keycloak !== undefined,
    opa: targets.opa !== undefined,
    kong: targets.kong !== undefined,
    aws: targets.aws !== undefined,
    services: Object.keys(services).filter((id) => id !== storefront?.service),
    guarded: guardedServices(blueprint),
    ...grpcOf(blueprint),
    ...functionsOf(blueprint),
    ...listenersOf(blueprint),
    ...sessionNeeds(blueprint, secrets, env),
    ...proofStoreNeeds(blueprint),
    ...(asksForCertificates(blueprint) && { certificates: true as const }),
    ...(storefront && { storefront }),
    ...key.needs,
    ...(await existingBundleOf(blueprint)),
  };
  return { needs, secretNames: secrets, secrets: { ...key.values, ...clientKeys(blueprint, secrets) } };
};

/** Tokens are bound to certificates, or clients prove who they are by one. */
const asksForCertificates = ({ services, realm }: Blueprint): boolean =>
  Object.values(services).some(({ authentication }) => isBound(authentication, 'mtls')) || Object.values(realm.clients).some(({ authentication }) => authentication?.method === 'tls_client_auth');

/** Stores of secrets are not asked for a local stack: what it makes up is for variables alone. */
const unread: ReadStored = (wanted) => Promise.resolve(new Map(wanted.map(({ reference }) => [reference, 'placeholder: no store is asked'])));

const grpcOf = ({ services }: Blueprint): Pick<StackNeeds, 'grpc'> => {
  const asked = Object.values(services).flatMap(({ id, upstream }) => (speaksGrpc(upstream) ? [id] : []));
  return asked.length === 0 ? {} : { grpc: asked };
};

const functionsOf = ({ services }: Blueprint): Pick<StackNeeds, 'functions'> => {
  const functions = Object.values(services).flatMap(({ id, upstream }) => {
    const { name } = functionOf(upstream) ?? {};
    return name === undefined ? [] : [[id, name] as const];
  });
  return functions.length === 0 ? {} : { functions: Object.fromEntries(functions) };
};

const listenersOf = ({ services }: Blueprint): Pick<StackNeeds, 'listeners'> => {
  const listeners = Object.values(services).flatMap(({ id, upstream, vpcLink }) => (isListener(upstream) && vpcLink ? [[id, { arn: upstream, link: vpcLink.id }] as const] : []));
  return listeners.length === 0 ? {} : { listeners: Object.fromEntries(listeners) };
};
