import type { InfoField, InfoSection } from './section.ts';

/** Databases that have keys; `cached_keys` (KeyDB) are those whose value is in RAM. */
export const keyspaceSection: InfoSection = {
  name: 'keyspace',
  title: 'Keyspace',
  byDefault: true,
  needs: [],
  fields({ context: { keyspace, server } }) {
    const fields: InfoField[] = [];
    for (let db = 0; db < server.config.values.databases; db++) {
      const keys = keyspace.size(db);
      if (keys === 0) continue;
      const expires = keyspace.expiresCount(db);
      const averageTtl = Math.round(keyspace.averageTtlMs(db));
      const cached = keys - keyspace.coldCount(db);
      fields.push([`db${db}`, `keys=${keys},expires=${expires},avg_ttl=${averageTtl},cached_keys=${cached}`]);
    }
    return fields;
  },
};
