/** Everything but the realm itself is called `<realm>/<name>`: a realm's name has no slash, a scope's or role's may. */
export const inRealm = (realm: string, name: string): string => `${realm}/${name}`;
export const nameIn = (id: string): string => id.slice(id.indexOf('/') + 1);

/** What stands inside something else is called `<realm>/<its name>/<name>`: the first name keeps no slash, so that no two objects are called alike. */
export const inside = (realm: string, outer: string, name: string): string => inRealm(realm, `${outer.replace(/[%/]/g, encodeURIComponent)}/${name}`);
