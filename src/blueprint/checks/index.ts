import { checkAccess } from './access.ts';
import type { Context } from './context.ts';
import { checkExpect } from './expect.ts';
import { checkFurtherIssuers } from './further-issuers.ts';
import { checkGateways } from './gateways.ts';
import { checkIssuer } from './issuer.ts';
import { checkRealm } from './realm.ts';
import { checkReferences } from './references.ts';
import { checkRenames } from './renames.ts';
import { checkServices } from './routes.ts';
import { checkSignIn } from './sign-in.ts';

/** What a well-formed blueprint can still get wrong: names that lead nowhere, and promises that a target cannot keep. */
export const crossCheck = (context: Context): void => {
  checkIssuer(context);
  checkFurtherIssuers(context);
  checkReferences(context);
  checkRenames(context);
  checkRealm(context);
  checkServices(context);
  checkGateways(context);
  checkSignIn(context);
  checkAccess(context);
  checkExpect(context);
};
