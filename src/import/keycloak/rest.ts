import { objectOf, textOf } from '../../core/json.ts';
import { flowShape } from '../../providers/keycloak/shipped/shape.ts';
import type { PartialExport } from '../../providers/keycloak/representations.ts';
import { objectsOf, same } from './common.ts';
import type { Importing } from './common.ts';

/** What no section of a blueprint says, by name. */
export const leaveRest = (importing: Importing): void => {
  const { draft, rep, shipped, exact } = importing;
  for (const flow of objectsOf(rep.authenticationFlows)) {
    const alias = textOf(flow.alias) ?? '';
    const usual = shipped.flows[alias];
    if (flow.topLevel === false && usual === undefined && flow.builtIn === true) continue;
    if (usual === undefined ? flow.builtIn !== true : exact && !same(flowShape(rep as unknown as PartialExport, alias), usual)) draft.leave(`authentication flow ${alias}`, 'the steps by which people sign in');
  }
  for (const [locale, texts] of Object.entries(objectOf(rep.localizationTexts))) draft.leave(`localization ${locale}`, `${Object.keys(objectOf(texts)).length} texts of its own`);
  for (const one of objectsOf(rep.organizations)) draft.leave(`organization ${textOf(one.name) ?? '?'}`, 'organizations are not said by a blueprint');
  for (const one of objectsOf(rep.userFederationProviders)) draft.leave(`user federation ${textOf(one.displayName) ?? textOf(one.providerName) ?? '?'}`, 'where accounts come from');
  for (const [owner, mappings] of Object.entries(objectOf(rep.clientScopeMappings)))
    for (const one of objectsOf(mappings)) if (textOf(one.clientScope)) draft.leave(`client scope ${String(one.clientScope)}, scope`, `roles of client ${owner}`);
};
