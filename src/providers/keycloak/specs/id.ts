/** Everything but the realm itself is called `<realm>/<name>`: a realm's name has no slash, a scope's or role's may. */
export const inRealm = (realm: string, name: string): string => `${realm}/${name}`;
export const nameIn = (id: string): string => id.slice(id.indexOf('/') + 1);
