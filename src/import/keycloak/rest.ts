import { objectOf, textOf } from '../../core/json.ts';
import { objectsOf } from './common.ts';
import type { Importing } from './common.ts';

/** What no section of a blueprint says, by name. */
export const leaveRest = ({ draft, rep }: Importing): void => {
  for (const [locale, texts] of Object.entries(objectOf(rep.localizationTexts))) draft.leave(`localization ${locale}`, `${Object.keys(objectOf(texts)).length} texts of its own`);
  for (const one of objectsOf(rep.organizations)) draft.leave(`organization ${textOf(one.name) ?? '?'}`, 'organizations are not said by a blueprint');
  for (const one of objectsOf(rep.userFederationProviders)) draft.leave(`user federation ${textOf(one.displayName) ?? textOf(one.providerName) ?? '?'}`, 'where accounts come from');
  for (const [owner, mappings] of Object.entries(objectOf(rep.clientScopeMappings)))
    for (const one of objectsOf(mappings)) if (textOf(one.clientScope)) draft.leave(`client scope ${String(one.clientScope)}, scope`, `roles of client ${owner}`);
};
